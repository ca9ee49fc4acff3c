import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { sleep, type Clock } from '#base/time'
import type { Candidate } from './candidate.ts'

const LOOKUP_LIMIT_MS = 2_000

/** Every address of this machine is one place: a server on loopback answers on the others, too. */
const SELF = 'self'

/**
 * Knows which addresses belong to hosts that are configured, or to this Hearth itself, also where the
 * configuration gives a name and discovery an address.
 */
export class TakenAddresses {
  readonly #clock: Clock
  readonly #resolved = new Map<string, readonly string[]>()
  #taken: ReadonlySet<string> = new Set()
  #own: ReadonlySet<string> = new Set()

  constructor(options: { clock: Clock }) {
    this.#clock = options.clock
  }

  /** Looks names up again; one that cannot be resolved now keeps what it was last. */
  async refresh(urls: readonly string[], own: ReadonlySet<string>): Promise<void> {
    const places = await Promise.all(
      urls
        .filter((url) => URL.canParse(url))
        .map(async (text) => {
          const url = new URL(text)
          const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
          const addresses = await this.#addressesOf(url.hostname.replace(/^\[|\]$/g, ''))
          return addresses.map((address) => ({ address, port }))
        }),
    )
    this.#own = own
    this.#taken = new Set(places.flat().map((place) => this.#place(place)))
  }

  has(candidate: Pick<Candidate, 'address' | 'port'>): boolean {
    return this.#taken.has(this.#place(candidate))
  }

  #place({ address, port }: Pick<Candidate, 'address' | 'port'>): string {
    const isOwn =
      this.#own.has(address) || address.startsWith('127.') || /^(::1|::|0\.0\.0\.0)$/.test(address)
    return `${isOwn ? SELF : address} ${String(port)}`
  }

  async #addressesOf(hostname: string): Promise<readonly string[]> {
    if (isIP(hostname) !== 0) return [hostname]
    if (hostname === 'localhost') return ['127.0.0.1']
    const addresses = await this.#lookup(hostname)
    if (addresses !== undefined) this.#resolved.set(hostname, addresses)
    return this.#resolved.get(hostname) ?? []
  }

  /** A resolver may take half a minute to give up, and nothing here is worth waiting for that long. */
  async #lookup(hostname: string): Promise<string[] | undefined> {
    const enough = new AbortController()
    const late = sleep(this.#clock, LOOKUP_LIMIT_MS, enough.signal).then(() => undefined)
    const asked = lookup(hostname, { all: true }).then((found) => found.map(({ address }) => address))
    try {
      return await Promise.race([asked, late])
    } catch {
      return undefined
    } finally {
      late.catch(() => undefined)
      enough.abort()
    }
  }
}
