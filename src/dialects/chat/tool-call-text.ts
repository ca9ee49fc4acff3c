import { isRecord, tryParseJson } from '#base/json'
import { answerUnreadable } from '../errors.ts'
import type { Step } from './answer-step.ts'
import type { Piece } from './read-answer.ts'

type CallPiece = Extract<Piece, { kind: 'call' }>

/** Asking whether arguments are whole costs as much as they are long, so it is not asked for ever. */
const MOST_CHECKS = 32

/** One tool call as far as it came. */
export class ToolCallText {
  #id: string | undefined
  /** Known once the call has begun for the caller. */
  #name: string | undefined
  #arguments = ''
  #isClosed = false
  #checks = 0

  constructor(id?: string) {
    this.#id = id
  }

  /** As far as the host gave one. */
  get id(): string | undefined {
    return this.#id
  }

  /** @throws AppError `answer_unreadable` where it goes on after it was complete. */
  add(piece: CallPiece): Step[] {
    if (this.#isClosed) {
      if (piece.text.trim() === '') return []
      throw answerUnreadable(`tool call ${piece.index} went on after it was complete`)
    }
    this.#id ??= piece.id
    this.#arguments += piece.text
    if (this.#name !== undefined) return piece.text === '' ? [] : [{ kind: 'arguments', text: piece.text }]
    if (piece.name === undefined) return []
    this.#name = piece.name
    const begun: Step = { kind: 'call', id: this.#id, name: this.#name }
    return this.#arguments === '' ? [begun] : [begun, { kind: 'arguments', text: this.#arguments }]
  }

  /** Whether nothing is missing: no arguments at all are fine, a part of some is not. */
  isComplete(): boolean {
    return this.#arguments.trim() === '' || isRecord(tryParseJson(this.#arguments))
  }

  /** Whether another part may begin: its arguments are JSON that is closed. */
  isWhole(): boolean {
    if (this.#isClosed) return true
    if (this.#checks === MOST_CHECKS || !/\}\s*$/.test(this.#arguments.slice(-16))) return false
    this.#checks++
    return tryParseJson(this.#arguments) !== undefined
  }

  /** @throws AppError `answer_unreadable` where it never got a name. */
  close(): void {
    if (this.#name === undefined) throw answerUnreadable('a tool call has no name')
    this.#isClosed = true
  }
}
