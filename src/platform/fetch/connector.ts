import { lookup as systemLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { buildConnector } from 'undici'

const CONNECT_TIMEOUT_MS = 5_000

/** Says which resolved addresses may be connected to. */
export interface ConnectPolicy {
  allows(hostname: string, address: string): boolean
  /** @throws AppError where the address is not allowed. */
  check(hostname: string, address: string): void
}

export interface ConnectLimits {
  /** The timers under it are coarse: it may take half a second longer. */
  readonly timeoutMs?: number | undefined
  /** Ends connections, those that are still being opened included, which closing a client does not. */
  readonly signal?: AbortSignal | undefined
}

/** Opens sockets under the egress policy; without a policy anything may be reached (an admin named the place). */
export function guardedConnector(
  policy: ConnectPolicy | undefined,
  { timeoutMs = CONNECT_TIMEOUT_MS, signal }: ConnectLimits = {},
): buildConnector.connector {
  const connect = buildConnector({
    timeout: timeoutMs,
    keepAlive: true,
    ...(policy === undefined ? {} : { lookup: guardedLookup(policy) }),
    ...(signal === undefined ? {} : { signal }),
  })
  return (options, callback) => {
    const literal = options.hostname.replace(/^\[|\]$/g, '')
    if (policy !== undefined && isIP(literal) !== 0) {
      try {
        policy.check(literal, literal)
      } catch (error) {
        callback(error as Error, null)
        return
      }
    }
    connect(options, callback)
  }
}

/** Resolves as the system does and lets only allowed addresses through. */
function guardedLookup(policy: ConnectPolicy): LookupFunction {
  return (hostname, options, callback) => {
    systemLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      if (error !== null) {
        callback(error, '')
        return
      }
      const allowed = addresses.filter(({ address }) => policy.allows(hostname, address))
      if (allowed.length === 0) {
        try {
          policy.check(hostname, addresses[0]?.address ?? '')
        } catch (denied) {
          callback(denied as Error, '')
        }
        return
      }
      if (options.all === true) callback(null, allowed)
      else callback(null, allowed[0]!.address, allowed[0]!.family)
    })
  }
}
