import { type AppError, isAppError } from '#base/errors'
import { tryParseJson } from '#base/json'
import { reasonOf } from '#hosts/index'
import { BodyCollector } from './body-collector.ts'
import type { CallerAnswer } from './caller-answer.ts'
import { answerCut } from './errors.ts'
import type { AnswerReader } from './host-answer.ts'

/** An answer up to this size is sent in one piece, so that a cut can still become an error. */
const WHOLE_LIMIT_BYTES = 1024 * 1024

/** Passes a body on as it is: whole where it is small, in pieces where it is large. */
export class JsonReader implements AnswerReader {
  readonly #client: CallerAnswer
  readonly #status: number
  readonly #headers: string[]
  readonly #endMeansNothing: boolean
  readonly #onOver: (result: { fault?: AppError; body?: Buffer }) => void
  #collected: BodyCollector | undefined = new BodyCollector(WHOLE_LIMIT_BYTES)

  constructor(options: {
    client: CallerAnswer
    status: number
    headers: string[]
    /** The host gave neither a length nor chunks: only the JSON itself can tell whether all of it came. */
    endMeansNothing: boolean
    /** Called once, with the body where it was small enough to be kept. */
    onOver: (result: { fault?: AppError; body?: Buffer }) => void
  }) {
    this.#client = options.client
    this.#status = options.status
    this.#headers = options.headers
    this.#endMeansNothing = options.endMeansNothing
    this.#onOver = options.onOver
  }

  data(chunk: Buffer): boolean {
    if (this.#collected === undefined) return this.#client.write(chunk)
    if (this.#collected.add(chunk)) return true
    const begun = this.#collected.take()
    this.#collected = undefined
    this.#client.begin(this.#status, this.#headers)
    return this.#client.write(begun)
  }

  end(): void {
    const body = this.#collected?.take()
    if (this.#endMeansNothing && body !== undefined && tryParseJson(body.toString('utf8')) === undefined) {
      this.broken(answerCut('the host closed the connection in the middle of it'))
      return
    }
    if (body === undefined) this.#client.end()
    else this.#client.sendWhole(this.#status, this.#headers, body)
    this.#onOver(body === undefined ? {} : { body })
  }

  broken(error: Error): void {
    const fault = isAppError(error)
      ? error
      : answerCut(`the host failed in the middle of it (${reasonOf(error)})`)
    // Past the first piece only a broken connection tells the caller that the rest is missing.
    if (this.#collected === undefined) this.#client.destroy()
    else this.#client.fail(fault)
    this.#onOver({ fault })
  }
}
