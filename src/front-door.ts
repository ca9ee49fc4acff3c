import { hostname } from 'node:os'
import type { Ids } from '#base/ids'
import type { Clock } from '#base/time'
import { formatAddress, isLoopbackHost, type LoadedConfig } from '#config/index'
import { isHomeAddress } from '#platform/fetch/index'
import {
  HomePeers,
  HostCheck,
  HttpServer,
  Peers,
  RefusedPeers,
  type ListenerOptions,
  type RequestRecord,
  type Router,
} from '#platform/http/index'
import type { Log } from '#platform/log/index'
import type { Metrics } from '#platform/metrics/index'
import type { Relay } from '#relay/index'

export interface FrontDoorParts {
  readonly config: LoadedConfig
  readonly relay: Relay
  readonly router: Router
  readonly ids: Ids
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
  readonly record: RequestRecord
}

/** The listeners, who may come in by them, and who answers: the relay first, then every other route. */
export function openFrontDoor({
  config,
  relay,
  router,
  ids,
  clock,
  log,
  metrics,
  record,
}: FrontDoorParts): HttpServer {
  const { allow_public_peers: allowsPublic, trusted_proxies: trustedProxies } = config.value
  const home = new HomePeers({ clock, isHomeAddress })
  const refused = new RefusedPeers({ clock, log, metrics })
  return new HttpServer({
    listeners: config.listeners,
    peers: new Peers({
      isAllowed: (address) => allowsPublic || home.has(address),
      trustedProxies,
      onRefused: (address) => refused.note(address),
    }),
    hostCheck: new HostCheck({ names: allowedNames(config), isHomeAddress }),
    ids,
    clock,
    record,
    answerers: [
      (request, response, call) => relay.answer(request, response, call),
      (request, response, call) => {
        router.answer(request, response, call)
        return true
      },
    ],
  })
}

/** Where a listener can be opened: "all addresses" is no place to go to. */
export function urlOf(listener: ListenerOptions): string {
  const everywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  const host = everywhere[listener.host] ?? listener.host
  return `http://${formatAddress({ ...listener, host })}${listener.basePath}`
}

/** Names under which Hearth may be called. This machine's own only count where it listens to others. */
function allowedNames({ listeners, value }: LoadedConfig): Set<string> {
  const own = listeners.every(({ host }) => isLoopbackHost(host)) ? [] : [hostname(), `${hostname()}.local`]
  const listening = listeners.map(({ host }) => host)
  return new Set(
    ['localhost', ...own, ...listening, ...value.allowed_hosts].map((name) => name.toLowerCase()),
  )
}
