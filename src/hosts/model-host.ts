import type { HostPool } from '#platform/fetch/index'
import type { HostDescription } from './host-description.ts'
import type { HostHealth } from './host-health.ts'
import type { ModelFacts } from './model-facts.ts'

/** Where requests for a model go on a host. */
export interface HostTarget {
  readonly pool: HostPool
  /** What stands before `/v1/…`; empty for most hosts. */
  readonly basePath: string
  /** Sent as `Authorization`, or undefined. Never logged. */
  readonly authorization: string | undefined
}

/** A server that runs models: one on the network, or the embedded engine. */
export interface ModelHost {
  readonly id: string
  readonly name: string
  readonly kind: 'remote' | 'embedded'
  readonly health: HostHealth
  /** It is there for `/v1/embeddings` and nothing else. */
  readonly onlyEmbeddings?: boolean
  /** The models it was last known to have. */
  models(): readonly ModelFacts[]
  hasModel(id: string): boolean
  /** What is known of it now, for people. */
  describe(): HostDescription
  /** How many requests it takes at once for a model, and the name under which they are counted. */
  slotsFor(model: string): { key: string; count: number }
  /** Whether a model is in memory; undefined where the host does not say. */
  isLoaded(model: string): boolean | undefined
  /**
   * Where to send a request; the embedded engine loads the model first.
   *
   * @param signal asked for by hosts that make the caller wait; the others answer at once
   * @param failed where the try before this one got no answer
   *
   * @throws AppError where the model cannot be loaded, or the signal's reason.
   */
  connect(model: string, signal: () => AbortSignal, failed?: HostTarget): HostTarget | Promise<HostTarget>
}
