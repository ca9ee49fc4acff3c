import type { Clock } from '#base/time'
import { EgressPolicy, Outbound } from '#platform/fetch/index'
import type { Log } from '#platform/log/index'
import { urlOf, type Candidate } from './candidate.ts'
import { examineAddress } from './examine-address.ts'
import type { FoundHosts } from './found-hosts.ts'
import type { DiscoveryLimits } from './limits.ts'
import type { TakenAddresses } from './taken-addresses.ts'

/** Who declined is remembered for this many addresses. */
const DECLINED_KEPT = 10_000

export interface ExaminerOptions {
  readonly clock: Clock
  readonly log: Log
  readonly limits: DiscoveryLimits
  readonly found: FoundHosts
  readonly taken: TakenAddresses
  readonly onChange: () => void
}

/** Looks at one address after the other and keeps the book of what was found. */
export class Examiner {
  readonly #options: ExaminerOptions
  readonly #outbound: Outbound
  readonly #declined = new Map<string, number>()

  constructor(options: ExaminerOptions) {
    this.#options = options
    // Only the home, whatever egress.allow says: what lies outside is configured, never found.
    this.#outbound = new Outbound({ policy: new EgressPolicy([]), log: options.log })
  }

  /** Whether an address would be asked at all. */
  isWorthwhile(candidate: Candidate): boolean {
    return !this.#options.taken.has(candidate) && !this.#hasDeclined(urlOf(candidate))
  }

  /** Asks it and notes what came of it; returns whether it is a model server to use. */
  async examine(candidate: Candidate, signal: AbortSignal): Promise<boolean> {
    const { clock, limits, found } = this.#options
    const url = urlOf(candidate)
    if (this.#options.taken.has(candidate)) {
      if (found.drop(url)) this.#tell('now configured', url)
      return false
    }
    const isFound = found.has(url)
    if (!isFound && this.#hasDeclined(url)) return false
    const verdict = await examineAddress(candidate, { outbound: this.#outbound, limits, signal })
    if (signal.aborted) return false
    if (verdict === 'model-server') {
      if (found.seen(url, candidate.via, clock.now())) this.#tell('found', url)
      return true
    }
    if (found.missed(url)) this.#tell('gone', url)
    if (verdict === 'other' && !isFound) this.#decline(url)
    return false
  }

  #tell(what: string, url: string): void {
    this.#options.log.info({ url }, `model server ${what}`)
    this.#options.onChange()
  }

  #hasDeclined(url: string): boolean {
    return (this.#declined.get(url) ?? -Infinity) > this.#options.clock.monotonic()
  }

  #decline(url: string): void {
    if (this.#declined.size >= DECLINED_KEPT) this.#declined.clear()
    this.#declined.set(url, this.#options.clock.monotonic() + this.#options.limits.declinedForMs)
  }
}
