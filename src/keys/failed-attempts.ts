import { AppError } from '#base/errors'
import type { Clock } from '#base/time'

const WINDOW_MS = 60_000
const ALLOWED_IN_WINDOW = 50
const ADDRESSES_KEPT = 10_000

interface Window {
  startedAt: number
  failures: number
}

/**
 * Slows down guessing: an address that failed often is answered 429 until its minute is over. Only failures
 * count and only failures are refused, so a wrong script cannot lock out the right key behind the same
 * address.
 */
export class FailedAttempts {
  readonly #clock: Clock
  readonly #byAddress = new Map<string, Window>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** @throws AppError `too_many_attempts` (429) when the address failed too often lately. */
  note(address: string): void {
    const now = this.#clock.monotonic()
    let window = this.#byAddress.get(address)
    if (window === undefined || now - window.startedAt >= WINDOW_MS) {
      if (this.#byAddress.size >= ADDRESSES_KEPT) this.#byAddress.delete(this.#byAddress.keys().next().value!)
      window = { startedAt: now, failures: 0 }
      this.#byAddress.set(address, window)
    }
    window.failures++
    if (window.failures <= ALLOWED_IN_WINDOW) return
    const retryAfterSeconds = (window.startedAt + WINDOW_MS - now) / 1000
    throw new AppError(
      'limited',
      'too_many_attempts',
      'Too many requests with a wrong key came from this address. Try again in a minute with a right one.',
      { retryAfterSeconds },
    )
  }
}
