import type { Clock, Timer } from '#base/time'

interface ManualTimer extends Timer {
  dueAt: number
  readonly run: () => void
}

/** A clock that only moves when the test says so. */
export class ManualClock implements Clock {
  #now: number
  readonly #timers = new Set<ManualTimer>()

  constructor(now = 1_700_000_000_000) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(ms: number, run: () => void): Timer {
    const timer: ManualTimer = {
      dueAt: this.#now + ms,
      run,
      refresh: () => {
        timer.dueAt = this.#now + ms
        this.#timers.add(timer)
      },
      cancel: () => {
        this.#timers.delete(timer)
      },
    }
    this.#timers.add(timer)
    return timer
  }

  /** Moves on by `ms` and runs what is due on the way, in order. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer)
      this.#now = timer.dueAt
      timer.run()
    }
    this.#now = end
  }

  #next(end: number): ManualTimer | undefined {
    let next: ManualTimer | undefined
    for (const timer of this.#timers) {
      if (timer.dueAt <= end && (next === undefined || timer.dueAt < next.dueAt)) next = timer
    }
    return next
  }
}
