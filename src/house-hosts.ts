import type { Clock } from '#base/time'
import type { LoadedConfig, ResolvedHost } from '#config/index'
import { Discovery, type FoundHost } from '#discovery/index'
import { Hosts, RemoteHost, type EmbeddedHost } from '#hosts/index'
import type { Outbound } from '#platform/fetch/index'
import type { Log } from '#platform/log/index'

export interface HouseHostsOptions {
  /** The configuration as it holds now. */
  readonly config: () => LoadedConfig
  readonly embedded: EmbeddedHost
  readonly outbound: Outbound
  readonly clock: Clock
  readonly log: Log
  /** This Hearth's own instance id. */
  readonly instance: string
  /** The addresses this Hearth answers on. */
  readonly ownUrls: () => readonly string[]
  readonly onProbed: (host: RemoteHost) => void
  readonly onRemoved: (hosts: readonly RemoteHost[]) => void
}

/** Keeps the hosts in step with the configuration, which may change live, and with what discovery finds. */
export class HouseHosts {
  readonly hosts: Hosts
  readonly #options: HouseHostsOptions
  readonly #discovery: Discovery

  constructor(options: HouseHostsOptions) {
    const { config, embedded, clock, log, ownUrls, onProbed, onRemoved } = options
    this.#options = options
    this.#discovery = new Discovery({
      mode: modeOf(config()),
      clock,
      log,
      taken: () => [...wantedHosts(config()).map(({ url }) => url), ...ownUrls()],
      onChange: () => this.#replace(),
    })
    this.hosts = new Hosts({ remote: this.#remote(), embedded, clock, onProbed, onRemoved })
  }

  /** Begins to probe and to look for hosts. The listeners answer already, so that it does not find itself. */
  start(): void {
    this.hosts.start()
    this.#discovery.start()
  }

  /** Over when the configured hosts, and those found on this machine, were asked for their models once. */
  get firstRound(): Promise<void> {
    return this.#discovery.round.then(() => this.hosts.firstRound)
  }

  /** Follows a change of the configuration. Streams under way are not touched. */
  follow(): void {
    this.#discovery.setMode(modeOf(this.#options.config()))
    this.#replace()
  }

  async close(): Promise<void> {
    await this.#discovery.close()
    await this.hosts.close()
  }

  #replace(): void {
    this.hosts.replace(this.#remote())
  }

  #remote(): RemoteHost[] {
    const config = this.#options.config()
    const wanted = wantedHosts(config)
    const known = new Set(wanted.map(({ url }) => url))
    const found = config.value.lock_hosts
      ? []
      : this.#discovery
          .found()
          .filter(({ url }) => !known.has(url))
          .sort(byAddress)
    return [
      ...wanted.map((host) => this.#host(host, { onlyEmbeddings: !config.hosts.includes(host) })),
      ...found.map((host) => this.#host(asFound(host), { discovered: true })),
    ]
  }

  #host(
    { key, ...host }: ResolvedHost,
    role: { discovered?: boolean; onlyEmbeddings?: boolean },
  ): RemoteHost {
    const { outbound, clock, instance } = this.#options
    const pool = outbound.poolFor(host.url)
    return new RemoteHost({ ...host, ...role, key: key?.reveal(), pool, clock, ownInstance: instance })
  }
}

/** Those that the configuration names, most preferred first; the one for embeddings need not be in the list. */
function wantedHosts({ hosts, embeddingHost }: LoadedConfig): readonly ResolvedHost[] {
  if (embeddingHost === undefined || hosts.some(({ url }) => url === embeddingHost.url)) return hosts
  return [...hosts, embeddingHost]
}

function asFound({ url }: FoundHost): ResolvedHost {
  return { url, name: new URL(url).host, key: undefined, slots: undefined, capabilities: undefined }
}

/** Which was found first is chance, and the first host wins a field of a model. */
function byAddress(a: FoundHost, b: FoundHost): number {
  return a.url.localeCompare(b.url, 'en', { numeric: true })
}

function modeOf({ value }: LoadedConfig): LoadedConfig['value']['discovery'] {
  return value.auto_discovery ? 'lan' : value.discovery
}
