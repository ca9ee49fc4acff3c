import type { ServerResponse } from 'node:http'
import { isAppError, type AppError } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'
import {
  answerTooLarge,
  answerUnreadable,
  translationFailed,
  type Dialect,
  type Failure,
  type StreamTranslator,
  type Translation,
} from '#dialects/index'
import { errorHeaders, type Call } from '#platform/http/index'
import { BodyCollector } from './body-collector.ts'
import type { CallerAnswer } from './caller-answer.ts'
import { ClientAnswer } from './client-answer.ts'
import { answerCut } from './errors.ts'
import { EventSplitter } from './event-splitter.ts'

const JSON_TYPE = ['content-type', 'application/json; charset=utf-8']
/** A whole answer has to be read in one piece. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024

export interface TranslatedAnswerOptions {
  readonly response: ServerResponse
  readonly call: Call
  readonly dialect: Dialect
  /** The host's answer made no sense: nothing more is needed of it. */
  readonly onUnreadable: (error: AppError) => void
}

/**
 * The caller's side of a request in a dialect. The readers of the host's answer see the same as for a caller
 * of the host's own API; what they pass on is translated here.
 */
export class TranslatedAnswer implements CallerAnswer {
  readonly #out: ClientAnswer
  readonly #dialect: Dialect
  readonly #correlationId: string
  readonly #onUnreadable: (error: AppError) => void
  readonly #events = new EventSplitter()
  #translation: Translation | undefined
  #stream: StreamTranslator | undefined
  /** A body too large to come in one piece. */
  #body:
    | { readonly status: number; readonly headers: readonly string[]; readonly bytes: BodyCollector }
    | undefined

  constructor({ response, call, dialect, onUnreadable }: TranslatedAnswerOptions) {
    this.#out = new ClientAnswer(response, call)
    this.#dialect = dialect
    this.#correlationId = call.correlationId
    this.#onUnreadable = onUnreadable
    for (const [name, value] of dialect.headers(call.correlationId)) response.setHeader(name, value)
  }

  /** What the request was; known once its body was read. */
  answers(translation: Translation): void {
    this.#translation = translation
  }

  get status(): number {
    return this.#out.status
  }

  get hasBegun(): boolean {
    return this.#out.hasBegun
  }

  get isOver(): boolean {
    return this.#out.isOver
  }

  beginStream(): void {
    this.#out.beginStream()
  }

  keepAlive(): void {
    if (this.isOver) return
    this.beginStream()
    this.#out.write(Buffer.from(this.#dialect.keepAlive))
  }

  begin(status: number, headers: readonly string[]): void {
    this.#body = { status, headers, bytes: new BodyCollector(BODY_LIMIT_BYTES) }
  }

  sendWhole(status: number, headers: readonly string[], body: Buffer): void {
    if (this.isOver) return
    if (status >= 300) {
      const refusal = this.#dialect.hostErrorBody(status, body, this.#correlationId)
      this.#sendJson(status, withoutType(headers), refusal)
      return
    }
    this.#orUnreadable(() => {
      const completion = tryParseJson(body.toString('utf8'))
      if (!isRecord(completion)) throw answerUnreadable('it is no JSON object')
      this.#sendJson(status, withoutType(headers), this.#translation!.whole(completion))
    })
  }

  write(bytes: Buffer): boolean {
    if (this.isOver) return true
    if (this.#body !== undefined) {
      if (!this.#body.bytes.add(bytes)) this.#unreadable(answerTooLarge())
      return true
    }
    const text = this.#orUnreadable(() => this.#translate(this.#events.push(bytes))) ?? ''
    return text === '' || this.#out.write(Buffer.from(text))
  }

  onDrain(resume: () => void): void {
    this.#out.onDrain(resume)
  }

  end(bytes?: Buffer): void {
    if (this.isOver) return
    if (this.#body !== undefined) {
      const { status, headers, bytes: body } = this.#body
      this.sendWhole(status, headers, body.take())
      return
    }
    const text = this.#orUnreadable(() => {
      const begun = bytes === undefined ? '' : this.#translate(this.#events.push(bytes))
      return begun + this.#translate(this.#events.end()) + this.#translator().end()
    })
    if (text !== undefined) this.#out.end(Buffer.from(text))
  }

  endWithDone(before: Buffer): void {
    this.end(before)
  }

  fail(error: AppError, _before?: Buffer, body?: unknown): void {
    if (this.isOver) return
    const failure: Failure = { error, hostError: isRecord(body) ? body.error : undefined }
    if (this.hasBegun) this.#out.end(Buffer.from(this.#translator().fail(failure)))
    else {
      const headers = Object.entries(errorHeaders(error)).flat()
      this.#sendJson(error.status, headers, this.#dialect.errorBody(failure, this.#correlationId))
    }
  }

  destroyUnlessRead(): void {
    this.#out.destroyUnlessRead()
  }

  /** Nothing of a body was sent yet, so that its cut can still be told. */
  destroy(): void {
    if (this.hasBegun) this.#out.destroy()
    else this.fail(answerCut('the host failed in the middle of it'))
  }

  #translator(): StreamTranslator {
    this.#stream ??= this.#translation!.stream()
    return this.#stream
  }

  #translate(events: readonly Record<string, unknown>[]): string {
    const translator = this.#translator()
    return events.map((event) => translator.chunk(event)).join('')
  }

  #sendJson(status: number, headers: readonly string[], body: unknown): void {
    this.#out.sendWhole(status, [...JSON_TYPE, ...headers], Buffer.from(JSON.stringify(body)))
  }

  /** @returns undefined where the answer made no sense; the caller was told then */
  #orUnreadable<Result>(translate: () => Result): Result | undefined {
    try {
      return translate()
    } catch (thrown) {
      this.#unreadable(asAnswerError(thrown))
      return undefined
    }
  }

  #unreadable(error: AppError): void {
    try {
      this.fail(error)
    } catch {
      // Telling it failed as the answer did: only the end of the connection is left to say.
      this.#out.destroy()
    }
    this.#onUnreadable(error)
  }
}

function asAnswerError(thrown: unknown): AppError {
  return isAppError(thrown) ? thrown : translationFailed(thrown)
}

/** The host's headers without those that describe its own body. */
function withoutType(headers: readonly string[]): string[] {
  return headers.filter((_, index) => !/^content-/i.test(headers[index - (index % 2)]!))
}
