import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import { urlOf, type Candidate } from './candidate.ts'
import type { Examiner } from './examiner.ts'
import type { KnownPort } from './known-ports.ts'
import { lanCandidates } from './lan-candidates.ts'
import type { DiscoveryLimits } from './limits.ts'
import { ownAddresses, ownNetworks, type Interfaces } from './own-networks.ts'
import { Pace } from './pace.ts'

export interface LanRoundsOptions {
  readonly clock: Clock
  readonly log: Log
  readonly limits: DiscoveryLimits
  readonly ports: readonly KnownPort[]
  readonly interfaces: () => Interfaces
  readonly examiner: Examiner
}

/** Looks through the private networks of this machine, a bounded part of them a round. */
export class LanRounds {
  readonly #options: LanRoundsOptions
  /** Shared by all rounds, so that a short round after a long one keeps the pace. */
  readonly #pace: Pace
  #cursor = 0

  constructor(options: LanRoundsOptions) {
    this.#options = options
    this.#pace = new Pace({ clock: options.clock, perSecond: options.limits.perSecond })
  }

  /** @throws the signal's reason. */
  async run(signal: AbortSignal): Promise<void> {
    const { limits, ports, interfaces, examiner } = this.#options
    const all = interfaces()
    const networks = ownNetworks(all)
    if (networks.length === 0) return
    const own = ownAddresses(all)
    const published = await this.#browse(networks, own, signal)
    const inTurn = this.#nextPart(lanCandidates(networks, own, ports, limits.shortestPrefix))
    const queue = withoutDuplicates([...published, ...inTurn])
      .filter((candidate) => examiner.isWorthwhile(candidate))
      .slice(0, limits.perRound)
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        await this.#pace.turn(signal)
        await examiner.examine(next, signal)
      }
    }
    // All of them have ended before this does, also when they were stopped.
    await Promise.allSettled(Array.from({ length: limits.atOnce }, worker))
    signal.throwIfAborted()
  }

  async #browse(networks: ReturnType<typeof ownNetworks>, own: ReadonlySet<string>, signal: AbortSignal) {
    const { clock, log, limits } = this.#options
    // Loaded here, because most houses never look at the LAN.
    const { browseMdns } = await import('./browse-mdns.ts')
    return browseMdns({ networks, own, clock, log, listenMs: limits.mdnsListenMs, signal })
  }

  /** As many as a round may have, beginning where the last one ended. */
  #nextPart(candidates: readonly Candidate[]): Candidate[] {
    const { perRound } = this.#options.limits
    if (candidates.length <= perRound) return [...candidates]
    const from = this.#cursor % candidates.length
    this.#cursor = (from + perRound) % candidates.length
    return [...candidates.slice(from), ...candidates.slice(0, from)].slice(0, perRound)
  }
}

function withoutDuplicates(candidates: readonly Candidate[]): Candidate[] {
  const byUrl = new Map<string, Candidate>()
  for (const candidate of candidates) {
    const url = urlOf(candidate)
    if (!byUrl.has(url)) byUrl.set(url, candidate)
  }
  return [...byUrl.values()]
}
