import { Roster, type RosterEntry } from '#base/roster'
import type { Clock } from '#base/time'

/** Something that must happen before a moment that may move. */
export interface Deadline extends RosterEntry {
  /** Monotonic milliseconds. */
  deadlineAt: number
  expire(): void
}

/** How late a deadline may be noticed. Limits of the relay are minutes. */
const TICK_MS = 25

/**
 * Watches many deadlines with one timer. A timer of its own for each try and each chunk would cost more than
 * the rest of their bookkeeping; moving a deadline here is one assignment.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #watched = new Roster<Deadline>()
  #isTicking = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  watch(deadline: Deadline): void {
    this.#watched.add(deadline)
    if (!this.#isTicking) this.#tick()
  }

  unwatch(deadline: Deadline): void {
    this.#watched.delete(deadline)
  }

  #tick(): void {
    this.#isTicking = true
    this.#clock.after(TICK_MS, () => {
      const now = this.#clock.monotonic()
      for (const deadline of this.#watched.entries()) if (deadline.deadlineAt <= now) deadline.expire()
      if (this.#watched.size === 0) this.#isTicking = false
      else this.#tick()
    })
  }
}
