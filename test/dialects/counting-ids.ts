import type { Ids } from '#base/ids'

/** Ids that count, so that two answers built in the same order have the same ones. */
export class CountingIds implements Ids {
  #last = 0

  correlationId(): string {
    return this.#next(32)
  }

  spanId(): string {
    return this.#next(16)
  }

  id(prefix: string): string {
    return `${prefix}_${this.#next(24)}`
  }

  #next(length: number): string {
    this.#last++
    return this.#last.toString(16).padStart(length, '0')
  }
}
