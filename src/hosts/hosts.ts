import { nearNames } from '#base/text'
import type { Clock, Timer } from '#base/time'
import type { EmbeddedHost } from './embedded-host.ts'
import type { HostModel, ModelHost } from './model-host.ts'
import type { RemoteHost } from './remote-host.ts'

const PROBE_EVERY_MS = 30_000
const PROBE_DOWN_EVERY_MS = 5_000

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
}

/** Every host of the house, most preferred first, and which of them has a model. */
export class Hosts {
  /** Configured hosts before the embedded engine: a house that has a model server means to use it. */
  readonly all: readonly ModelHost[]
  readonly #options: HostsOptions
  readonly #lastProbe = new Map<RemoteHost, number>()
  #timer: Timer | undefined
  #firstRound: Promise<void> = Promise.resolve()

  constructor(options: HostsOptions) {
    this.#options = options
    this.all = [...options.remote, options.embedded]
  }

  /** Begins to probe; resolves at once. `firstRound` is over when every host was asked. */
  start(): void {
    this.#firstRound = Promise.all(this.#options.remote.map((host) => this.#probe(host))).then(
      () => undefined,
    )
    this.#schedule()
  }

  get firstRound(): Promise<void> {
    return this.#firstRound
  }

  async close(): Promise<void> {
    this.#timer?.cancel()
    await Promise.all([...this.#options.remote.map((host) => host.close()), this.#options.embedded.close()])
  }

  /** Which hosts have a model, those that are up first. */
  resolve(model: string): Resolution {
    const having = this.all.filter((host) => host.hasModel(model))
    if (having.length > 0) {
      const up = having.filter(({ health }) => health.state !== 'down')
      // When every host of a model is down, the request itself is the trial.
      return { kind: 'known', hosts: up.length > 0 ? up : having }
    }
    const names = this.models().map(({ id }) => id)
    return { kind: 'unknown', near: nearNames(model, names), unreached: this.#unreached() }
  }

  /**
   * As `resolve`, but an unknown model first waits for hosts that never answered: they may have it. Known
   * models never wait for a probe.
   */
  async resolveOrProbe(model: string): Promise<Resolution> {
    const now = this.resolve(model)
    if (now.kind === 'known' || now.unreached.length === 0) return now
    await Promise.all(this.#unreached().map((host) => this.#probe(host)))
    return this.resolve(model)
  }

  /** The models of all hosts; where two have one, the first configured host wins each field. */
  models(): HostModel[] {
    const merged = new Map<string, HostModel>()
    for (const host of this.all) {
      for (const model of host.models())
        merged.set(model.id, { ...model, ...merged.get(model.id), id: model.id })
    }
    return [...merged.values()]
  }

  #unreached(): RemoteHost[] {
    return this.#options.remote.filter((host) => !host.wasReached)
  }

  async #probe(host: RemoteHost): Promise<void> {
    this.#lastProbe.set(host, this.#options.clock.monotonic())
    await host.probe()
    this.#options.onProbed?.(host)
  }

  #schedule(): void {
    this.#timer = this.#options.clock.after(1_000, () => {
      const now = this.#options.clock.monotonic()
      for (const host of this.#options.remote) {
        const every = host.health.state === 'down' ? PROBE_DOWN_EVERY_MS : PROBE_EVERY_MS
        if (now - (this.#lastProbe.get(host) ?? -Infinity) >= every) void this.#probe(host)
      }
      this.#schedule()
    })
  }
}
