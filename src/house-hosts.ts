import type { LoadedConfig, ResolvedHost } from '#config/index'
import { RemoteHost } from '#hosts/index'
import type { Clock } from '#base/time'
import type { Outbound } from '#platform/fetch/index'

export interface HouseHostsOptions {
  readonly outbound: Outbound
  readonly clock: Clock
  /** This Hearth's own instance id. */
  readonly instance: string
}

/** Makes the hosts that the configuration names, most preferred first. */
export class HouseHosts {
  readonly #options: HouseHostsOptions

  constructor(options: HouseHostsOptions) {
    this.#options = options
  }

  of({ hosts, embeddingHost }: LoadedConfig): RemoteHost[] {
    const also = embeddingHost !== undefined && hosts.every(({ url }) => url !== embeddingHost.url)
    return [...hosts, ...(also ? [embeddingHost] : [])].map((host) => this.#host(host))
  }

  #host({ key, ...host }: ResolvedHost): RemoteHost {
    const { outbound, clock, instance } = this.#options
    const pool = outbound.poolFor(host.url)
    return new RemoteHost({ ...host, key: key?.reveal(), pool, clock, ownInstance: instance })
  }
}
