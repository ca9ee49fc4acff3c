import { answerUnreadable } from '../errors.ts'
import type { Step } from './answer-step.ts'
import type { Piece } from './read-answer.ts'
import { ToolCallText } from './tool-call-text.ts'

export type ContentPiece = Exclude<Piece, { kind: 'finish' | 'usage' }>
/** The text, the thoughts, the refusal, or one of the calls. */
type Part = Exclude<ContentPiece['kind'], 'call'> | ToolCallText

/** More parallel calls than any model makes; each costs memory, and a host may be hostile. */
const MOST_CALLS = 256

/**
 * Hosts may interleave parallel tool calls; callers read one part after the other. Pieces of another part
 * wait until the open call's arguments are whole JSON, or until the answer ends.
 */
export class AnswerOrder {
  /** By index; hosts that give all calls one index, or none, tell them apart by their ids. */
  readonly #calls = new Map<number, ToolCallText[]>()
  #callCount = 0
  readonly #waiting = new Map<Part, ContentPiece[]>()
  #open: Part | undefined

  /** @throws AppError `answer_unreadable` where a finished call goes on, or there is no end of calls. */
  take(piece: ContentPiece): Step[] {
    const part = this.#partOf(piece)
    const passed = part === this.#open ? this.#pass(part, piece) : []
    if (part !== this.#open) this.#wait(part, piece)
    return this.#waiting.size === 0 ? passed : [...passed, ...this.#drain(false)]
  }

  /** The answer ended: what waited comes, whatever state it is in. */
  end(): Step[] {
    const steps = this.#drain(true)
    this.#close()
    return steps
  }

  get hasCalls(): boolean {
    return this.#callCount > 0
  }

  /** Whether the arguments of every call are a JSON object. */
  get isComplete(): boolean {
    return [...this.#calls.values()].flat().every((call) => call.isComplete())
  }

  #drain(isLast: boolean): Step[] {
    const steps: Step[] = []
    for (const [part, pieces] of this.#waiting) {
      if (!isLast && this.#open instanceof ToolCallText && !this.#open.isWhole()) break
      this.#close()
      this.#open = part
      this.#waiting.delete(part)
      for (const piece of pieces) steps.push(...this.#pass(part, piece))
    }
    return steps
  }

  #wait(part: Part, piece: ContentPiece): void {
    const waiting = this.#waiting.get(part)
    if (waiting === undefined) this.#waiting.set(part, [piece])
    else waiting.push(piece)
  }

  #partOf(piece: ContentPiece): Part {
    if (piece.kind !== 'call') return piece.kind
    const calls = this.#calls.get(piece.index) ?? []
    const last = calls.at(-1)
    const isOther = piece.id !== undefined && last?.id !== undefined && piece.id !== last.id
    const known = isOther ? calls.find(({ id }) => id === piece.id) : last
    // An id alone is no beginning: some hosts make up a new one for each piece.
    const call = known ?? (isOther && piece.name === undefined ? last : undefined)
    if (call !== undefined) return call
    if (this.#callCount === MOST_CALLS) throw answerUnreadable(`it has more than ${MOST_CALLS} tool calls`)
    const begun = new ToolCallText(piece.id)
    this.#callCount++
    this.#calls.set(piece.index, [...calls, begun])
    return begun
  }

  #pass(part: Part, piece: ContentPiece): Step[] {
    if (part instanceof ToolCallText) return piece.kind === 'call' ? part.add(piece) : []
    return piece.kind === 'call' ? [] : [piece]
  }

  #close(): void {
    if (this.#open instanceof ToolCallText) this.#open.close()
  }
}
