import { join } from 'node:path'
import { ensureSelftestModel, SELFTEST_MODEL_ID } from './selftest-model.ts'
import type { SelftestRetirement } from './retirement.ts'

/** The engine as far as the offer needs it. */
interface ModelRegister {
  add(spec: { id: string; path: string; selftest: boolean; threads: number }): void
  remove(id: string): Promise<void>
}

export interface SelftestOfferOptions {
  readonly mode: 'auto' | 'on' | 'off'
  readonly retirement: SelftestRetirement
  readonly engine: ModelRegister
  /** Where its file is written. */
  readonly folder: string
}

/**
 * Offers the self-test model while the house has nothing better: no host, no model file, and none seen
 * before. `on` offers it always, `off` never.
 */
export class SelftestOffer {
  readonly #options: SelftestOfferOptions
  #isOffered = false

  constructor(options: SelftestOfferOptions) {
    this.#options = options
  }

  get isOffered(): boolean {
    return this.#isOffered
  }

  /** @param house what the owner has configured; model files were reported with `realModelSeen` before. */
  async start(house: { hasHosts: boolean }): Promise<void> {
    const { mode, retirement, engine, folder } = this.#options
    const wanted = mode === 'on' || (mode === 'auto' && !retirement.isRetired && !house.hasHosts)
    if (!wanted) return
    const path = join(folder, `${SELFTEST_MODEL_ID}.gguf`)
    await ensureSelftestModel(path)
    engine.add({ id: SELFTEST_MODEL_ID, path, selftest: true, threads: 1 })
    this.#isOffered = true
  }

  /** A real model is there: the self-test goes and does not come back by itself. */
  async realModelSeen(): Promise<void> {
    await this.#options.retirement.retire()
    if (!this.#isOffered || this.#options.mode === 'on') return
    this.#isOffered = false
    await this.#options.engine.remove(SELFTEST_MODEL_ID)
  }
}
