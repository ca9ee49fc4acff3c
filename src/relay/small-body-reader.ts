import { BodyCollector } from './body-collector.ts'
import type { AnswerReader } from './host-answer.ts'

const LIMIT_BYTES = 16 * 1024 * 1024

/** Collects an answer that is not passed on as it comes: an error that may lead to another host. */
export class SmallBodyReader implements AnswerReader {
  readonly #body = new BodyCollector(LIMIT_BYTES)
  readonly #onWhole: (body: Buffer) => void
  readonly #onBroken: (error: Error) => void
  #isFull = false

  /**
   * @param onWhole called with the body; one above 16 MiB is cut there, because nobody reads such an error
   * @param onBroken called instead where the host did not finish it
   */
  constructor(onWhole: (body: Buffer) => void, onBroken: (error: Error) => void) {
    this.#onWhole = onWhole
    this.#onBroken = onBroken
  }

  data(chunk: Buffer): boolean {
    if (!this.#isFull) this.#isFull = !this.#body.add(chunk)
    return true
  }

  end(): void {
    this.#onWhole(this.#body.take())
  }

  broken(error: Error): void {
    this.#onBroken(error)
  }
}
