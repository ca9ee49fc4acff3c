import type { EmbeddedEngine } from '#engines/index'
import { sleep, type Clock } from '#base/time'
import { socketPool } from '#platform/fetch/index'
import { embeddedModelFacts } from './embedded-model-facts.ts'
import type { HostDescription } from './host-description.ts'
import { HostHealth } from './host-health.ts'
import type { ModelFacts } from './model-facts.ts'
import type { HostTarget, ModelHost } from './model-host.ts'

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

  /** Rises whenever it has another model or one less. */
  get revision(): number {
    return this.#engine.revision
  }

  /** Rises whenever anything that it says of its models changes. */
  get changes(): number {
    return this.#engine.changes
  }

  models(): readonly ModelFacts[] {
    return this.#engine.list().map((model) => embeddedModelFacts(model, this.#createdSeconds))
  }

  hasModel(id: string): boolean {
    return this.#engine.has(id)
  }

  describe(): HostDescription {
    const models = this.models()
    return {
      id: this.id,
      name: this.name,
      kind: this.kind,
      discovered: false,
      engine: 'embedded',
      version: undefined,
      state: this.health.state,
      models: models.map(({ id }) => id),
      loaded: models.filter(({ state }) => state === 'loaded').map(({ id }) => id),
      slots: { count: SLOTS_OF_A_MODEL, source: 'host' },
      lastError: this.health.lastError,
      latencyMs: undefined,
      probedAt: undefined,
      failures: this.health.failures,
    }
  }

  slotsFor(model: string): { key: string; count: number } {
    return { key: `${this.id}/${model}`, count: SLOTS_OF_A_MODEL }
  }

  isLoaded(id: string): boolean {
    return this.#engine.isReady(id)
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

/** A model's child answers one request after the other. */
const SLOTS_OF_A_MODEL = 1
const LOOKS = 40
const LOOK_EVERY_MS = 50
