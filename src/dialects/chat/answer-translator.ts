import { isRecord } from '#base/json'
import { isTooDeep } from '../check-depth.ts'
import type { Failure, Fields, StreamTranslator } from '../dialect.ts'
import { answerTooLarge, answerUnreadable, hostSaidError } from '../errors.ts'
import { AnswerOrder, type ContentPiece } from './answer-order.ts'
import type { Step } from './answer-step.ts'
import { firstChoice, readAnswer, type AnswerUsage, type Piece } from './read-answer.ts'

/** How a whole answer ended. */
export interface AnswerEnd {
  /** The host's finish reason; `tool_calls` where it gave none after calls, undefined where nothing tells. */
  readonly reason: string | undefined
  readonly stopSequence: string | undefined
  readonly usage: AnswerUsage | undefined
}

/** Builds an answer in a dialect, and tells it as events while it grows. */
export interface AnswerBuilder {
  /** Called once, before the first step. */
  begin(): void
  step(step: Step): void
  end(end: AnswerEnd): void
  fail(failure: Failure): void
  /** The events since the last time, as the wire has them. */
  takeEvents(): string
}

/** Text kept of one answer. More than any model writes in one go; a host may be hostile. */
const ANSWER_LIMIT_CHARS = 32 * 1024 * 1024
/** What came before these may be incomplete, and the caller is told so. */
const CUT_REASONS: readonly string[] = ['length', 'content_filter']
/** What a piece costs beside its text. */
const PIECE_CHARS = 64

/** Leads the pieces of a chat completion, in order, to the builder of a dialect. */
export class AnswerTranslator implements StreamTranslator {
  readonly #builder: AnswerBuilder
  readonly #order = new AnswerOrder()
  #hasBegun = false
  #isOver = false
  #chars = 0
  /** The choice that is read, where a host gives several. */
  #choice: number | undefined
  #finish: Extract<Piece, { kind: 'finish' }> | undefined
  #usage: AnswerUsage | undefined

  constructor(builder: AnswerBuilder) {
    this.#builder = builder
  }

  chunk(chunk: Fields): string {
    if (this.#isOver) return ''
    if (chunk.error !== undefined && chunk.error !== null) {
      return this.fail({ error: hostSaidError(), hostError: chunk.error })
    }
    if (isTooDeep(chunk)) throw answerUnreadable('it is nested too deeply')
    this.#begin()
    this.#choice ??= firstChoice(chunk)
    for (const piece of readAnswer(chunk, this.#choice)) this.#take(piece)
    return this.#builder.takeEvents()
  }

  end(): string {
    if (this.#isOver) return ''
    this.#begin()
    this.#build(this.#order.end())
    const reason = this.#finish?.reason ?? (this.#order.hasCalls ? 'tool_calls' : undefined)
    this.#check(reason)
    this.#isOver = true
    this.#builder.end({
      reason,
      stopSequence: this.#finish?.stopSequence,
      usage: this.#usage,
    })
    return this.#builder.takeEvents()
  }

  fail(failure: Failure): string {
    if (this.#isOver) return ''
    this.#isOver = true
    this.#builder.fail(failure)
    return this.#builder.takeEvents()
  }

  /** A part of a call must not look like all of it, nor nothing like an answer. */
  #check(reason: string | undefined): void {
    if (reason === undefined && this.#chars === 0)
      throw answerUnreadable('it is empty and has no finish reason')
    if ((reason === undefined || !CUT_REASONS.includes(reason)) && !this.#order.isComplete)
      throw answerUnreadable('the arguments of a tool call are no JSON object')
  }

  #begin(): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#builder.begin()
  }

  #take(piece: Piece): void {
    if (piece.kind === 'usage') this.#usage = piece.usage
    else if (piece.kind === 'finish') this.#finish = piece
    else this.#takeContent(piece)
  }

  #takeContent(piece: ContentPiece): void {
    this.#chars += piece.text.length + PIECE_CHARS
    if (piece.kind !== 'call' && piece.logprobs !== undefined) this.#chars += sizeOf(piece.logprobs)
    if (this.#chars > ANSWER_LIMIT_CHARS) throw answerTooLarge()
    this.#build(this.#order.take(piece))
  }

  #build(steps: readonly Step[]): void {
    for (const step of steps) this.#builder.step(step)
  }
}

/** Each token's alternatives are as long as the host likes. */
function sizeOf(logprobs: readonly unknown[]): number {
  return JSON.stringify(logprobs).length
}

/**
 * A whole completion through the builder that streams use, so that both say the same.
 *
 * @throws AppError `answer_unreadable` where it has no message
 */
export function buildWhole(builder: AnswerBuilder, completion: Fields): void {
  if (completion.error !== undefined && completion.error !== null)
    throw answerUnreadable('it is an error with the status of a success')
  const [choice] = Array.isArray(completion.choices) ? (completion.choices as unknown[]) : []
  if (!isRecord(choice) || !isRecord(choice.message)) throw answerUnreadable('it has no message')
  const translator = new AnswerTranslator(builder)
  translator.chunk(completion)
  translator.end()
}
