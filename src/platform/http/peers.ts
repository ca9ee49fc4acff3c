import type { IncomingMessage } from 'node:http'
import { parseAddressRange } from '#base/address-range'
import { AppError } from '#base/errors'
import { contains, rangesOf } from '#platform/fetch/index'
import type { Call } from './call.ts'
import { clientOf } from './forwarded-for.ts'

export interface PeersOptions {
  /** Whether an address may call at all. */
  readonly isAllowed: (address: string) => boolean
  /** Addresses and ranges of the proxies whose word about their callers counts. */
  readonly trustedProxies: readonly string[]
  readonly onRefused: (address: string) => void
}

/** Who may connect, and who is really calling when a proxy does. Nothing a caller writes is believed of itself. */
export class Peers {
  readonly #options: PeersOptions
  readonly #proxies: ReturnType<typeof rangesOf> | undefined

  constructor(options: PeersOptions) {
    this.#options = options
    const ranges = options.trustedProxies.flatMap((text) => parseAddressRange(text) ?? [])
    if (ranges.length > 0) this.#proxies = rangesOf(ranges.map(({ network, prefix }) => [network, prefix]))
  }

  /** Whether a connection from this address may be read; undefined is one that has gone already. */
  admits(address: string | undefined): boolean {
    if (address === undefined) return false
    const { isAllowed, onRefused } = this.#options
    if (isAllowed(address) || this.#isProxy(address)) return true
    onRefused(address)
    return false
  }

  /**
   * Takes over what a trusted proxy says of its caller: address, https, and the name it was called by, which takes
   * the place of `Host`. From anybody else these headers are ignored.
   *
   * @throws AppError `peer_refused` (403) where the caller may not call, `forwarded_unreadable` (400).
   */
  followProxy({ headers }: IncomingMessage, call: Call): void {
    if (!this.#isProxy(call.remoteAddress)) return
    const { isAllowed, onRefused } = this.#options
    const forwarded = joined(headers['x-forwarded-for'])
    if (forwarded !== undefined) {
      const client = clientOf(forwarded, (address) => this.#isProxy(address))
      if (client === undefined) throw unreadable()
      call.remoteAddress = client
      if (!isAllowed(client) && !this.#isProxy(client)) {
        onRefused(client)
        throw refused()
      }
    }
    call.isHttps = last(headers['x-forwarded-proto'])?.toLowerCase() === 'https'
    const host = last(headers['x-forwarded-host'])
    if (host !== undefined) headers.host = host
  }

  #isProxy(address: string): boolean {
    return this.#proxies !== undefined && contains(this.#proxies, address)
  }
}

function joined(value: string | string[] | undefined): string | undefined {
  const text = Array.isArray(value) ? value.join(',') : value
  return text === undefined || text.trim() === '' ? undefined : text
}

/** What the nearest proxy wrote: anything before it may come from the caller. */
function last(value: string | string[] | undefined): string | undefined {
  return joined(value)?.split(',').at(-1)?.trim()
}

function refused(): AppError {
  return new AppError(
    'forbidden',
    'peer_refused',
    'Hearth only answers callers of the home. Set allow_public_peers: true if it may answer others.',
  )
}

function unreadable(): AppError {
  return new AppError(
    'invalid_input',
    'forwarded_unreadable',
    'The X-Forwarded-For header of the proxy holds something that is no address. Correct the proxy in front of Hearth.',
  )
}
