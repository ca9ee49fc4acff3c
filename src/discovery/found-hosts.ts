import type { Via } from './candidate.ts'

/** A model server that discovery found. */
export interface FoundHost {
  /** Base address without a trailing slash, such as `http://192.168.1.20:11434`. */
  readonly url: string
  readonly via: Via
  /** Milliseconds since 1970. */
  readonly firstSeenAt: number
  readonly lastSeenAt: number
}

interface Entry {
  host: FoundHost
  misses: number
}

/** What was found and still answers, in the order of finding. */
export class FoundHosts {
  readonly #limits: { readonly foundAtMost: number; readonly missesUntilDropped: number }
  readonly #entries = new Map<string, Entry>()

  constructor(limits: { readonly foundAtMost: number; readonly missesUntilDropped: number }) {
    this.#limits = limits
  }

  list(): FoundHost[] {
    return [...this.#entries.values()].map(({ host }) => host)
  }

  has(url: string): boolean {
    return this.#entries.has(url)
  }

  /** Returns whether it is new. One too many is not kept: somebody on the LAN may answer on every address. */
  seen(url: string, via: Via, at: number): boolean {
    const entry = this.#entries.get(url)
    if (entry !== undefined) {
      entry.host = { ...entry.host, lastSeenAt: at }
      entry.misses = 0
      return false
    }
    if (this.#entries.size >= this.#limits.foundAtMost) return false
    this.#entries.set(url, { host: { url, via, firstSeenAt: at, lastSeenAt: at }, misses: 0 })
    return true
  }

  /** Returns whether it was dropped by this. */
  missed(url: string): boolean {
    const entry = this.#entries.get(url)
    if (entry === undefined) return false
    entry.misses++
    return entry.misses >= this.#limits.missesUntilDropped && this.drop(url)
  }

  drop(url: string): boolean {
    return this.#entries.delete(url)
  }
}
