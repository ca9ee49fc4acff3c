import { nearNames } from '#base/text'
import type { Clock, Timer } from '#base/time'
import { NO_NEEDS, type Needs } from './capabilities.ts'
import { capabilityMissing } from './capability-missing.ts'
import type { EmbeddedHost } from './embedded-host.ts'
import type { HouseModel } from './house-model.ts'
import { mergeModels } from './merge-models.ts'
import type { ModelHost } from './model-host.ts'
import { indexModels, type IndexedModel } from './model-index.ts'
import type { RemoteHost } from './remote-host.ts'

const PROBE_EVERY_MS = 30_000
const PROBE_DOWN_EVERY_MS = 5_000
/** The longest a stream may go on over a host that was removed. */
const RETIRE_LIMIT_MS = 3_600_000

export type Resolution =
  | { readonly kind: 'known'; readonly hosts: readonly ModelHost[] }
  /** No host has it; `unreached` are hosts that never told what they have. */
  | { readonly kind: 'unknown'; readonly near: readonly string[]; readonly unreached: readonly ModelHost[] }

export interface HostsOptions {
  readonly remote: readonly RemoteHost[]
  readonly embedded: EmbeddedHost
  readonly clock: Clock
  /** Called after the models of a host were learnt. */
  readonly onProbed?: (host: RemoteHost) => void
  /** Called when hosts are no longer to be chosen, before `replace` returns. */
  readonly onRemoved?: (hosts: readonly RemoteHost[]) => void
}

/** Every host of the house, most preferred first, and which of them has a model. */
export class Hosts {
  readonly #options: HostsOptions
  readonly #lastProbe = new Map<RemoteHost, number>()
  readonly #probing = new Map<RemoteHost, Promise<void>>()
  readonly #retiring = new Map<RemoteHost, Promise<void>>()
  #remote: readonly RemoteHost[] = []
  #all: readonly ModelHost[] = []
  /** Made when asked for after a change, as the merged list is. */
  #index: ReadonlyMap<string, IndexedModel> | undefined
  #indexedRevision = -1
  #merged: readonly HouseModel[] | undefined
  #mergedChanges = -1
  #isStarted = false
  #timer: Timer | undefined
  #firstRound: Promise<void> = Promise.resolve()

  constructor(options: HostsOptions) {
    this.#options = options
    this.#use(options.remote)
  }

  /** Configured hosts before the embedded engine: a house that has a model server means to use it. */
  get all(): readonly ModelHost[] {
    return this.#all
  }

  /** Begins to probe; resolves at once. `firstRound` is over when every host was asked. */
  start(): void {
    this.#isStarted = true
    this.#firstRound = Promise.all(this.#remote.map((host) => this.#probe(host))).then(() => undefined)
    this.#schedule()
  }

  /** Over when every host that there is now was asked once. */
  get firstRound(): Promise<void> {
    return this.#firstRound
  }

  async close(): Promise<void> {
    this.#timer?.cancel()
    const all = [...this.#remote, ...this.#retiring.keys(), this.#options.embedded]
    await Promise.all(all.map((host) => host.close()))
  }

  /**
   * Makes these the configured hosts from now on. Where one is the same as before, the one before stays and
   * the new one is closed unused; one whose settings changed goes on with what is known; a new one is
   * probed at once. A removed one is chosen no more, and its connections close when its last exchange is over.
   */
  replace(wanted: readonly RemoteHost[]): void {
    const before = this.#remote
    const remote = wanted.map((host) => {
      const same = before.find((other) => other.isLike(host)) ?? host
      if (same !== host) void host.close()
      return same
    })
    for (const host of remote) {
      const predecessor = before.find(({ id }) => id === host.id)
      if (predecessor !== undefined && predecessor !== host) host.takeOver(predecessor)
    }
    this.#use(remote)
    const removed = before.filter((host) => !remote.includes(host))
    for (const host of removed) this.#retire(host)
    this.#options.onRemoved?.(removed)
    if (!this.#isStarted) return
    const asked = remote.filter((host) => !before.includes(host)).map((host) => this.#probe(host))
    this.#firstRound = Promise.all([this.#firstRound, ...asked]).then(() => undefined)
  }

  /**
   * Which hosts have a model and do not deny what the request needs, those that are up first.
   *
   * @throws AppError `capability_missing` (400) where every host that has the model denies something.
   */
  resolve(model: string, needs: Needs = NO_NEEDS): Resolution {
    const indexed = this.#indexed().get(model)
    if (indexed !== undefined) {
      const able = ableHosts(model, needs, indexed)
      const up = able.every(isUp) ? able : able.filter(isUp)
      // When every host of a model is down, the request itself is the trial.
      return { kind: 'known', hosts: up.length > 0 ? up : able }
    }
    return {
      kind: 'unknown',
      near: nearNames(model, [...this.#indexed().keys()]),
      unreached: this.#unreached(),
    }
  }

  /**
   * As `resolve`, but an unknown model first waits for hosts that never answered: they may have it. Known
   * models never wait for a probe.
   */
  async resolveOrProbe(model: string, needs: Needs = NO_NEEDS): Promise<Resolution> {
    const now = this.resolve(model, needs)
    if (now.kind === 'known' || now.unreached.length === 0) return now
    await Promise.all(this.#unreached().map((host) => this.#whenListed(host)))
    return this.resolve(model, needs)
  }

  /** The models of all hosts, put together. */
  models(): readonly HouseModel[] {
    const { changes } = this.#options.embedded
    if (this.#merged === undefined || this.#mergedChanges !== changes) {
      this.#merged = mergeModels(this.#all)
      this.#mergedChanges = changes
    }
    return this.#merged
  }

  #use(remote: readonly RemoteHost[]): void {
    this.#remote = remote
    this.#all = [...remote, this.#options.embedded]
    this.#changed()
    for (const host of remote) host.onChange(() => this.#changed())
  }

  #changed(): void {
    this.#index = undefined
    this.#merged = undefined
  }

  #indexed(): ReadonlyMap<string, IndexedModel> {
    const { revision } = this.#options.embedded
    if (this.#index === undefined || this.#indexedRevision !== revision) {
      this.#index = indexModels(this.#all)
      this.#indexedRevision = revision
    }
    return this.#index
  }

  #retire(host: RemoteHost): void {
    this.#lastProbe.delete(host)
    const retiring = host.retire(RETIRE_LIMIT_MS).finally(() => this.#retiring.delete(host))
    this.#retiring.set(host, retiring)
  }

  #unreached(): RemoteHost[] {
    return this.#remote.filter((host) => !host.wasReached)
  }

  #whenListed(host: RemoteHost): Promise<void> {
    void this.#probe(host)
    return host.whenListed()
  }

  #probe(host: RemoteHost): Promise<void> {
    const under = this.#probing.get(host) ?? this.#learn(host).finally(() => this.#probing.delete(host))
    this.#probing.set(host, under)
    return under
  }

  async #learn(host: RemoteHost): Promise<void> {
    this.#lastProbe.set(host, this.#options.clock.monotonic())
    await host.probe()
    if (this.#remote.includes(host)) this.#options.onProbed?.(host)
  }

  #schedule(): void {
    this.#timer = this.#options.clock.after(1_000, () => {
      const now = this.#options.clock.monotonic()
      for (const host of this.#remote) {
        const every = host.health.state === 'down' ? PROBE_DOWN_EVERY_MS : PROBE_EVERY_MS
        if (now - (this.#lastProbe.get(host) ?? -Infinity) >= every) void this.#probe(host)
      }
      this.#schedule()
    })
  }
}

function ableHosts(model: string, needs: Needs, indexed: IndexedModel): readonly ModelHost[] {
  if ((needs & indexed.anyLacks) === 0) return indexed.hosts
  const able = indexed.hosts.filter((_, at) => (needs & indexed.lacks[at]!) === 0)
  if (able.length === 0) throw capabilityMissing(model, needs, indexed)
  return able
}

function isUp({ health }: ModelHost): boolean {
  return health.state !== 'down'
}
