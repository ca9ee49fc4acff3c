import type { AnswerReader } from './host-answer.ts'
import { BodyCollector } from './body-collector.ts'

const LIMIT_BYTES = 1024 * 1024

/** Collects an answer that is not passed on as it comes: an error that may lead to another host. */
export class SmallBodyReader implements AnswerReader {
  readonly #body = new BodyCollector(LIMIT_BYTES)
  readonly #onOver: (body: Buffer) => void
  #isFull = false

  /** @param onOver called once with what came, at most 1 MiB. */
  constructor(onOver: (body: Buffer) => void) {
    this.#onOver = onOver
  }

  data(chunk: Buffer): boolean {
    if (!this.#isFull) this.#isFull = !this.#body.add(chunk)
    return true
  }

  end(): void {
    this.#onOver(this.#body.take())
  }

  broken(): void {
    this.end()
  }
}
