import { AppError, isAppError } from '#base/errors'
import type { Clock } from '#base/time'
import type { HostPool } from '#platform/fetch/index'
import type { DeclaredCapabilities } from './declared-capabilities.ts'
import type { HostDescription, SlotsSource } from './host-description.ts'
import { HostHealth } from './host-health.ts'
import { EngineMemory } from './kinds/engine-memory.ts'
import { isReachable } from './kinds/hearth-fields.ts'
import type { ModelFacts } from './model-facts.ts'
import type { HostTarget, ModelHost } from './model-host.ts'
import { probeHost, type HostFacts } from './probe-host.ts'
import { reasonOf } from './reason-of.ts'

export interface RemoteHostOptions {
  readonly url: string
  readonly name: string
  /** Its API key, or undefined. */
  readonly key: string | undefined
  /** Requests it is given at once; where undefined as many as it says, else a default. */
  readonly slots: number | undefined
  /** What the owner of the house says its models can do. */
  readonly capabilities?: DeclaredCapabilities | undefined
  /** Found by itself, not named by the owner. */
  readonly discovered?: boolean
  /** It is there for `/v1/embeddings` and nothing else. */
  readonly onlyEmbeddings?: boolean
  readonly pool: HostPool
  readonly clock: Clock
  /** This Hearth's instance id: a host that answers with it is ourselves. */
  readonly ownInstance: string
}

const DEFAULT_SLOTS = 64

/** A model server on the network. */
export class RemoteHost implements ModelHost {
  readonly kind = 'remote'
  readonly id: string
  readonly name: string
  readonly onlyEmbeddings: boolean
  readonly #options: RemoteHostOptions
  readonly #target: HostTarget
  readonly #memory = new EngineMemory()
  #health = new HostHealth()
  #facts: HostFacts | undefined
  #models = new Map<string, ModelFacts>()
  #slots: { key: string; count: number }
  #slotsSource: SlotsSource
  #probing: { readonly done: Promise<void>; readonly listed: Promise<void> } | undefined
  #onChange: (() => void) | undefined
  #latencyMs: number | undefined
  #probedAt: number | undefined

  constructor(options: RemoteHostOptions) {
    this.id = options.url
    this.name = options.name
    this.onlyEmbeddings = options.onlyEmbeddings === true
    this.#options = options
    this.#slots = { key: this.id, count: options.slots ?? DEFAULT_SLOTS }
    this.#slotsSource = options.slots === undefined ? 'default' : 'config'
    this.#target = {
      pool: options.pool,
      basePath: new URL(options.url).pathname.replace(/\/$/, ''),
      authorization: options.key === undefined ? undefined : `Bearer ${options.key}`,
    }
  }

  get health(): HostHealth {
    return this.#health
  }

  /** Whether it ever told its models. Until then nobody can say what it does not have. */
  get wasReached(): boolean {
    return this.#facts !== undefined
  }

  models(): readonly ModelFacts[] {
    return [...this.#models.values()]
  }

  hasModel(id: string): boolean {
    return this.#models.has(id)
  }

  slotsFor(): { key: string; count: number } {
    return this.#slots
  }

  isLoaded(model: string): boolean | undefined {
    const state = this.#models.get(model)?.state ?? 'unknown'
    return state === 'unknown' ? undefined : state === 'loaded'
  }

  connect(): HostTarget {
    return this.#target
  }

  describe(): HostDescription {
    const models = this.models()
    return {
      id: this.id,
      name: this.name,
      kind: this.kind,
      discovered: this.#options.discovered === true,
      engine: this.#facts?.engine ?? 'other',
      version: this.#facts?.version,
      state: this.health.state,
      models: models.map(({ id }) => id),
      loaded: models.filter(({ state }) => state === 'loaded').map(({ id }) => id),
      slots: { count: this.#slots.count, source: this.#slotsSource },
      lastError: this.health.lastError,
      latencyMs: this.#latencyMs,
      probedAt: this.#probedAt,
      failures: this.health.failures,
    }
  }

  /** Has `listener` called whenever other models are known of it; one listener at a time. */
  onChange(listener: () => void): void {
    this.#onChange = listener
  }

  /** Learns what it is, has and can do. Calls at the same time share one probe. Never throws. */
  probe(): Promise<void> {
    return this.#probe().done
  }

  /** Resolves once it has listed its models or failed to: sooner than a probe, which asks for more. */
  whenListed(): Promise<void> {
    return this.#probe().listed
  }

  /** Whether it is the same host with the same settings. */
  isLike(other: RemoteHost): boolean {
    const [own, its] = [this.#options, other.#options]
    return (
      this.#standsFor(other) &&
      own.name === its.name &&
      own.slots === its.slots &&
      own.discovered === its.discovered &&
      own.onlyEmbeddings === its.onlyEmbeddings &&
      JSON.stringify(own.capabilities) === JSON.stringify(its.capabilities)
    )
  }

  /** Goes on with what is known of a host whose settings changed, until its own probe. */
  takeOver(before: RemoteHost): void {
    if (!this.#standsFor(before)) return
    this.#health = before.#health.copy()
    this.#latencyMs = before.#latencyMs
    this.#probedAt = before.#probedAt
    if (before.#facts !== undefined) this.#know(before.#facts)
  }

  /** Lets what is under way finish, at most for `limitMs`, then closes. */
  retire(limitMs: number): Promise<void> {
    return this.#options.pool.retire(limitMs)
  }

  async close(): Promise<void> {
    await this.#options.pool.close()
  }

  /** With another key it may show other models. */
  #standsFor(other: RemoteHost): boolean {
    return this.id === other.id && this.#options.key === other.#options.key
  }

  #probe(): { readonly done: Promise<void>; readonly listed: Promise<void> } {
    if (this.#probing !== undefined) return this.#probing
    const { promise: listed, resolve }: PromiseWithResolvers<void> = Promise.withResolvers()
    const done = this.#learn(resolve).finally(() => {
      this.#probing = undefined
      resolve()
    })
    this.#probing = { done, listed }
    return this.#probing
  }

  async #learn(onListed: () => void): Promise<void> {
    const { clock, ownInstance, capabilities } = this.#options
    const startedAt = clock.monotonic()
    const heard = (instance: string | undefined, facts: () => HostFacts): void => {
      if (instance === ownInstance) throw itself(this.id)
      this.#latencyMs = clock.monotonic() - startedAt
      this.#probedAt = clock.now()
      this.health.probed()
      // What is known already says more than the list alone.
      if (!this.wasReached) this.#know(facts())
      onListed()
    }
    try {
      const options = { clock, memory: this.#memory, declared: capabilities, onListed: heard }
      const facts = await probeHost(this.#target, options)
      this.#know(facts)
    } catch (error) {
      if (isAppError(error) && error.code === 'host_is_self') this.#forget()
      // Another server may come up there.
      if (!isAppError(error) || error.code !== 'host_probe_failed') this.#memory.forgetEngine()
      this.health.unreachable(reasonOf(error), clock.now())
    }
  }

  #know(facts: HostFacts): void {
    const { ownInstance, slots } = this.#options
    this.#facts = facts
    const reachable = facts.models.filter(({ path }) => isReachable(path, ownInstance))
    this.#models = new Map(reachable.map((model) => [model.id, model]))
    if (slots === undefined) {
      this.#slots = { key: this.id, count: facts.slots ?? DEFAULT_SLOTS }
      this.#slotsSource = facts.slots === undefined ? 'default' : 'host'
    }
    this.#onChange?.()
  }

  #forget(): void {
    this.#facts = undefined
    this.#models = new Map()
    this.#onChange?.()
  }
}

function itself(url: string): AppError {
  return new AppError('loop', 'host_is_self', `${url} is this Hearth itself; remove it from the hosts.`)
}
