import type { EmbeddedEngine } from '#engines/index'
import { socketPool, type HostPool } from '#platform/fetch/index'
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
  readonly #pools = new Map<string, HostPool>()

  constructor(engine: EmbeddedEngine, createdSeconds: number) {
    this.#engine = engine
    this.#createdSeconds = createdSeconds
    this.health.succeeded()
  }

  models(): readonly HostModel[] {
    return this.#engine.list().map((model) => ({
      id: model.id,
      object: 'model',
      created: this.#createdSeconds,
      owned_by: model.selftest ? 'hearth-selftest' : 'hearth-embedded',
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

  async connect(model: string, signal: () => AbortSignal): Promise<HostTarget> {
    const { socketPath } = await this.#engine.ready(model, signal())
    return { pool: this.#poolFor(socketPath), basePath: '', authorization: undefined }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()))
    this.#pools.clear()
  }

  #poolFor(socketPath: string): HostPool {
    let pool = this.#pools.get(socketPath)
    if (pool === undefined) {
      pool = socketPool(socketPath)
      this.#pools.set(socketPath, pool)
    }
    return pool
  }
}

/** How the self-test model is labelled wherever it is shown. */
export const SELFTEST_LABEL =
  'A self-test of the pipeline with random weights, not a language model: its words mean nothing.'
