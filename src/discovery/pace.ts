import { sleep, type Clock } from '#base/time'

/** Lets work begin at most so often a second, evenly spread and without making up for pauses. */
export class Pace {
  readonly #clock: Clock
  readonly #everyMs: number
  #next = -Infinity

  constructor(options: { clock: Clock; perSecond: number }) {
    this.#clock = options.clock
    this.#everyMs = 1_000 / options.perSecond
  }

  /** Resolves when it is the caller's turn. @throws the signal's reason. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic()
    const at = Math.max(now, this.#next)
    this.#next = at + this.#everyMs
    if (at > now) await sleep(this.#clock, at - now, signal)
    signal.throwIfAborted()
  }
}
