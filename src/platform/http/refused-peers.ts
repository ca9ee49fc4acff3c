import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import type { Metrics } from '#platform/metrics/index'

const WINDOW_MS = 60_000
/** A scan from many addresses must not fill the log. */
const LINES_IN_WINDOW = 20

/** Tells of peers that were refused: each is counted, an address is logged once a minute, and few of them. */
export class RefusedPeers {
  readonly #clock: Clock
  readonly #log: Log
  readonly #counter: { add(value: number): void }
  readonly #logged = new Set<string>()
  #since = -Infinity

  constructor(options: { clock: Clock; log: Log; metrics: Metrics }) {
    this.#clock = options.clock
    this.#log = options.log
    this.#counter = options.metrics
      .counter('peers_refused_total', 'Callers outside the home that were refused.')
      .with()
  }

  note(address: string): void {
    this.#counter.add(1)
    const now = this.#clock.monotonic()
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now
      this.#logged.clear()
    }
    if (this.#logged.has(address) || this.#logged.size >= LINES_IN_WINDOW) return
    this.#logged.add(address)
    this.#log.warn(
      { peer: address },
      'a caller outside the home was refused; allow_public_peers would let it in',
    )
  }
}
