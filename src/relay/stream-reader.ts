import type { AppError } from '#base/errors'
import { isAppError } from '#base/errors'
import { reasonOf } from '#hosts/index'
import type { CallerAnswer } from './caller-answer.ts'
import { answerCut } from './errors.ts'
import type { EventStreamTap } from './event-stream-tap.ts'
import type { AnswerReader } from './host-answer.ts'

/** Passes an event stream on to the caller and decides at its end whether it was whole. */
export class StreamReader implements AnswerReader {
  readonly #client: CallerAnswer
  readonly #tap: EventStreamTap
  /** Called once: undefined where the answer was whole, else what the host did wrong. */
  readonly #onOver: (fault?: AppError) => void

  constructor(options: { client: CallerAnswer; tap: EventStreamTap; onOver: (fault?: AppError) => void }) {
    this.#client = options.client
    this.#tap = options.tap
    this.#onOver = options.onOver
  }

  data(chunk: Buffer): boolean {
    const bytes = this.#tap.push(chunk)
    if (this.#tap.doneSeen) {
      this.#client.end(bytes)
      this.#onOver()
      return true
    }
    return bytes.length === 0 || this.#client.write(bytes)
  }

  end(): void {
    const last = this.#tap.end()
    if (this.#tap.doneSeen) {
      this.#client.end(last)
      this.#onOver()
    } else if (this.#tap.isWhole || this.#tap.errorSeen) {
      this.#client.endWithDone(last)
      this.#onOver()
    } else {
      if (last.length > 0) this.#client.write(last)
      this.#fail(answerCut('the host ended it without a finish reason'))
    }
  }

  broken(error: Error): void {
    if (this.#tap.isWhole || this.#tap.errorSeen) {
      this.#client.endWithDone(this.#tap.cut())
      this.#onOver()
    } else
      this.#fail(
        isAppError(error) ? error : answerCut(`the host failed in the middle of it (${reasonOf(error)})`),
      )
  }

  #fail(error: AppError): void {
    this.#client.fail(error, this.#tap.cut())
    this.#onOver(error)
  }
}
