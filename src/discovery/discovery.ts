import { networkInterfaces } from 'node:os'
import { sleep, type Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import { Examiner } from './examiner.ts'
import { FoundHosts, type FoundHost } from './found-hosts.ts'
import { KNOWN_PORTS, type KnownPort } from './known-ports.ts'
import { LanRounds } from './lan-rounds.ts'
import { DISCOVERY_LIMITS, type DiscoveryLimits } from './limits.ts'
import { nearRound } from './near-round.ts'
import { ownAddresses, type Interfaces } from './own-networks.ts'
import { TakenAddresses } from './taken-addresses.ts'

export type DiscoveryMode = 'off' | 'loopback' | 'lan'

export interface DiscoveryOptions {
  readonly mode: DiscoveryMode
  readonly clock: Clock
  readonly log: Log
  /** Base addresses of the configured hosts and of this Hearth itself: never asked and never found. */
  readonly taken: () => readonly string[]
  /** Called with everything found whenever a host was found or dropped; the order is that of finding. */
  readonly onChange: (found: readonly FoundHost[]) => void
  readonly limits?: Partial<DiscoveryLimits>
  readonly ports?: readonly KnownPort[]
  /** As `os.networkInterfaces`. */
  readonly interfaces?: () => Interfaces
  /** From 0 to 1. */
  readonly random?: () => number
}

/**
 * Looks for model servers: on loopback, and in mode `lan` also on the private networks this machine is on, by
 * mDNS and by trying the known ports. Sends no key, never leaves the home, never finds a Hearth, and does no more
 * than `DiscoveryLimits` say.
 */
export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #limits: DiscoveryLimits
  readonly #ports: readonly KnownPort[]
  readonly #interfaces: () => Interfaces
  readonly #random: () => number
  readonly #found: FoundHosts
  readonly #taken: TakenAddresses
  readonly #examiner: Examiner
  readonly #lan: LanRounds
  readonly #ending = new Set<Promise<void>>()
  #mode: DiscoveryMode
  #stop: AbortController | undefined
  #round: Promise<void> = Promise.resolve()

  constructor(options: DiscoveryOptions) {
    const { clock, log, onChange } = options
    this.#options = options
    this.#mode = options.mode
    this.#limits = { ...DISCOVERY_LIMITS, ...options.limits }
    this.#ports = options.ports ?? KNOWN_PORTS
    this.#interfaces = options.interfaces ?? networkInterfaces
    this.#random = options.random ?? Math.random
    const limits = this.#limits
    const found = new FoundHosts(limits)
    this.#found = found
    this.#taken = new TakenAddresses({ clock })
    this.#examiner = new Examiner({
      clock,
      log,
      limits,
      found,
      taken: this.#taken,
      onChange: () => onChange(found.list()),
    })
    this.#lan = new LanRounds({
      clock,
      log,
      limits,
      ports: this.#ports,
      interfaces: this.#interfaces,
      examiner: this.#examiner,
    })
  }

  /** Begins to look; returns at once. What is found is told to `onChange`. */
  start(): void {
    this.#stop ??= new AbortController()
    this.#look(this.#stop.signal)
  }

  /** Looks at something else from now on. What the new mode would not have found is dropped at once. */
  setMode(mode: DiscoveryMode): void {
    if (mode === this.#mode) return
    this.#mode = mode
    const outside = this.#found
      .list()
      .filter(({ via }) => mode === 'off' || (mode === 'loopback' && via !== 'loopback'))
    for (const { url } of outside) this.#found.drop(url)
    if (outside.length > 0) this.#options.onChange(this.#found.list())
    if (this.#stop === undefined) return
    this.#stop.abort()
    this.#stop = new AbortController()
    this.#look(this.#stop.signal)
  }

  /** What was found and still answers, first found first. */
  found(): FoundHost[] {
    return this.#found.list()
  }

  /** Over when the look at loopback that began last is over; after `start` that is the first one. */
  get round(): Promise<void> {
    return this.#round
  }

  /** Stops; nothing is under way any more when it resolves. */
  async close(): Promise<void> {
    this.#stop?.abort()
    await Promise.all(this.#ending)
  }

  #look(signal: AbortSignal): void {
    if (this.#mode === 'off') return
    const { roundEveryMs } = this.#limits
    const near = (): Promise<void> => {
      this.#round = this.#nearRound(signal)
      return this.#round
    }
    this.#keep(this.#repeat(signal, near, () => roundEveryMs))
    if (this.#mode !== 'lan') return
    // Which addresses the names of configured hosts stand for is looked up by the first round over loopback.
    const known = this.#round
    const lanRound = (): Promise<void> => known.then(() => this.#lan.run(signal))
    this.#keep(this.#repeat(signal, lanRound, () => this.#untilNextLanRoundMs()))
  }

  async #nearRound(signal: AbortSignal): Promise<void> {
    await this.#taken.refresh(this.#options.taken(), ownAddresses(this.#interfaces()))
    await nearRound(this.#examiner, this.#ports, this.#found.list(), signal)
  }

  /** Runs rounds until the signal aborts; one that fails is followed by the next. */
  async #repeat(signal: AbortSignal, round: () => Promise<void>, everyMs: () => number): Promise<void> {
    const { clock, log } = this.#options
    const isOver = (): boolean => signal.aborted
    while (!isOver()) {
      try {
        await round()
      } catch (err) {
        if (!isOver()) log.error({ err }, 'a round of discovery failed')
      }
      await sleep(clock, everyMs(), signal).catch(() => undefined)
    }
  }

  #untilNextLanRoundMs(): number {
    const { lanRoundEveryMs, lanJitter } = this.#limits
    return lanRoundEveryMs * (1 + lanJitter * (2 * this.#random() - 1))
  }

  #keep(loop: Promise<void>): void {
    this.#ending.add(loop)
    void loop.finally(() => this.#ending.delete(loop))
  }
}
