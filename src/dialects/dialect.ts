import type { Actor } from '#base/actor'
import type { AppError } from '#base/errors'

export type Fields = Record<string, unknown>

/** What went wrong, for a caller of any dialect: Hearth's error, and the host's own words where it had some. */
export interface Failure {
  readonly error: AppError
  /** The host's error: OpenAI's object, or a text. */
  readonly hostError?: unknown
}

/** Turns the chunks of a chat completion into the events of a dialect. */
export interface StreamTranslator {
  /**
   * @param chunk a chat completion chunk, as the host sent it
   * @returns the events to write now, as the wire has them; often none
   * @throws AppError `answer_unreadable` or `answer_too_large`; `fail` comes next
   */
  chunk(chunk: Fields): string
  /** The host's answer is whole. @throws AppError as `chunk` does. */
  end(): string
  /** The answer broke off: events that no client takes for a whole answer. */
  fail(failure: Failure): string
}

/** One request in a dialect, and the way back for its answer. */
export interface Translation {
  /** The chat completion request for the host. */
  readonly chat: Fields
  readonly isStream: boolean
  /** @throws AppError `answer_unreadable` or `answer_too_large`. */
  whole(completion: Fields): Fields
  stream(): StreamTranslator
}

/** An API that is spoken to callers by way of chat completions. Pure: no I/O. */
export interface Dialect {
  /** The route whose requests speak it. */
  readonly path: string
  /** What tells a waiting caller that its stream lives. */
  readonly keepAlive: string
  /**
   * @param body the parsed JSON of the request
   * @throws AppError `request_invalid`, `unknown_parameter`, `unsupported_parameter` (400), `response_not_found` (404)
   */
  read(body: unknown, actor: Actor): Translation
  /** An error before anything was sent. */
  errorBody(failure: Failure, correlationId: string): Fields
  /** A host's refusal in the dialect's form. */
  hostErrorBody(status: number, body: Buffer, correlationId: string): Fields
  /** Headers of every answer beside the usual ones, as name and value. */
  headers(correlationId: string): readonly (readonly [string, string])[]
}
