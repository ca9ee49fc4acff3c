import type { EmbeddedEngine } from '#engines/index'
import { sleep, type Clock } from '#base/time'
import { socketPool } from '#platform/fetch/index'
import { HostHealth } from './host-health.ts'
import type { HostModel, HostTarget, ModelHost } from './model-host.ts'

export const EMBEDDED_HOST_ID = 'embedded'

/** The embedded engine as a host: each loaded model answers on a socket of its own. */
export class EmbeddedHost implements ModelHost {
  readonly kind = 'embedded'
  readonly id = EMBEDDED_HOST_ID
  readonly name = EMBEDDED_HOST_ID
  readonly health = new HostHealth()
  readonly #engine: EmbeddedEngine
  readonly #createdSeconds: number
  readonly #clock: Clock
  /** Where each model's child answers now. */
  readonly #targets = new Map<string, { socketPath: string; target: HostTarget }>()

  constructor(engine: EmbeddedEngine, clock: Clock) {
    this.#engine = engine
    this.#clock = clock
    this.#createdSeconds = Math.floor(clock.now() / 1000)
    this.health.succeeded()
  }

  models(): readonly HostModel[] {
    return this.#engine.list().map((model) => ({
      id: model.id,
      object: 'model',
      created: this.#createdSeconds,
      owned_by: model.selftest ? SELFTEST_OWNER : 'hearth-embedded',
      ...(model.contextLength === undefined ? {} : { context_window: model.contextLength }),
      ...(model.selftest ? { description: SELFTEST_LABEL } : {}),
    }))
  }

  hasModel(id: string): boolean {
    return this.#engine.list().some((model) => model.id === id)
  }

  slotsFor(model: string): { key: string; count: number } {
    return { key: `${this.id}/${model}`, count: 1 }
  }

  isLoaded(id: string): boolean {
    return this.#engine.list().some((model) => model.id === id && model.state === 'ready')
  }

  /**
   * A socket belongs to one child, so after a failure a new address is waited for: for an instant the engine
   * may not know yet that the child has ended.
   */
  async connect(model: string, signal: () => AbortSignal, failed?: HostTarget): Promise<HostTarget> {
    for (let look = 0; ; look++) {
      const { socketPath } = await this.#engine.ready(model, signal())
      const target = this.#targetFor(model, socketPath)
      if (target !== failed || look >= LOOKS) return target
      await sleep(this.#clock, LOOK_EVERY_MS, signal())
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#targets.values()].map(({ target }) => target.pool.close()))
    this.#targets.clear()
  }

  #targetFor(model: string, socketPath: string): HostTarget {
    const known = this.#targets.get(model)
    if (known?.socketPath === socketPath) return known.target
    void known?.target.pool.close()
    const target = { pool: socketPool(socketPath), basePath: '', authorization: undefined }
    this.#targets.set(model, { socketPath, target })
    return target
  }
}

const LOOKS = 40
const LOOK_EVERY_MS = 50

/** Who a self-test model says it is owned by, so that it is known also through another Hearth. */
export const SELFTEST_OWNER = 'hearth-selftest'

/** How the self-test model is labelled wherever it is shown. */
export const SELFTEST_LABEL =
  'A self-test of the pipeline with random weights, not a language model: its words mean nothing.'
