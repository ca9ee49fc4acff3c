import type { KnownModel, ModelChanges } from '#catalog/index'
import type { Config } from '#config/index'
import type { EmbeddedEngine } from '#engines/index'
import type { SelftestOffer } from '#selftest/index'

/** With several threads a tiny model spends its time waiting for them. */
const TINY_MODEL_BYTES = 64 * 1024 * 1024

export interface EmbeddedModelsOptions {
  readonly engine: EmbeddedEngine
  readonly selftest: SelftestOffer
  readonly settings: Config['embedded']
}

/** Keeps the embedded engine in step with the model files: what can be used is offered. */
export class EmbeddedModels {
  readonly #options: EmbeddedModelsOptions
  #following: Promise<void> = Promise.resolve()

  constructor(options: EmbeddedModelsOptions) {
    this.#options = options
  }

  /** Changes are followed one after the other, because a file that was replaced goes before it comes. */
  follow(changes: ModelChanges): Promise<void> {
    this.#following = this.#following.then(() => this.#apply(changes))
    return this.#following
  }

  async #apply({ added, removed }: ModelChanges): Promise<void> {
    const { engine, selftest } = this.#options
    for (const { id } of removed) await engine.remove(id)
    const usable = added.filter(({ problem }) => problem === undefined)
    if (usable.length > 0) await selftest.realModelSeen()
    for (const model of usable) {
      await engine.remove(model.id)
      engine.add(this.#spec(model))
    }
  }

  #spec({ id, path, sizeBytes }: KnownModel): Parameters<EmbeddedEngine['add']>[0] {
    const { context_size: contextSize, threads } = this.#options.settings
    const few = sizeBytes < TINY_MODEL_BYTES ? 1 : undefined
    const used = threads ?? few
    return { id, path, contextSize, ...(used !== undefined && { threads: used }) }
  }
}
