import { isRecord, tryParseJson } from '#base/json'
import type { Ids } from '#base/ids'
import type { Clock } from '#base/time'
import type { AnswerBuilder, AnswerEnd } from '../chat/answer-translator.ts'
import type { Step } from '../chat/answer-step.ts'
import { isTooDeep } from '../check-depth.ts'
import type { Failure, Fields } from '../dialect.ts'
import { answerUnreadable } from '../errors.ts'
import { EventText } from '../event-text.ts'
import { lookUp } from '../read-fields.ts'
import { failureBody } from './failure.ts'
import type { MessagesRequest } from './read-request.ts'
import { STOP_REASONS } from './tables.ts'
import { messageUsage } from './usage.ts'

export interface MessageParts {
  readonly request: MessagesRequest
  readonly ids: Ids
  readonly clock: Clock
}

interface TextBlock {
  readonly type: 'text'
  readonly text: string[]
}
interface ThinkingBlock {
  readonly type: 'thinking'
  readonly text: string[]
}
interface ToolBlock {
  readonly type: 'tool_use'
  readonly id: string
  readonly name: string
  readonly text: string[]
}
type Block = TextBlock | ThinkingBlock | ToolBlock

/** While thoughts that the caller does not want pass by, it hears this often that its stream lives. */
const PING_EVERY_MS = 5_000

/** Builds a message, and tells it as Anthropic's events. */
export class MessageBuilder implements AnswerBuilder {
  readonly #parts: MessageParts
  readonly #events = new EventText()
  readonly #blocks: Block[] = []
  readonly #toolIds = new Set<string>()
  readonly #id: string
  #open: Block | undefined
  #refusal = ''
  #lastPingAt: number
  #end: AnswerEnd | undefined

  constructor(parts: MessageParts) {
    this.#parts = parts
    this.#id = parts.ids.id('msg')
    this.#lastPingAt = parts.clock.monotonic()
  }

  takeEvents(): string {
    return this.#events.take()
  }

  begin(): void {
    this.#events.add('message_start', {
      message: { ...this.#message(), content: [], usage: messageUsage(undefined) },
    })
  }

  step(step: Step): void {
    switch (step.kind) {
      case 'reasoning':
        if (this.#parts.request.showsThinking) this.#addText('thinking', step.text)
        else this.#ping()
        return
      case 'refusal':
        this.#refusal += step.text
        this.#addText('text', step.text)
        return
      case 'text':
        this.#addText('text', step.text)
        return
      case 'call':
        this.#beginCall(step)
        return
      case 'arguments':
        this.#addArguments(step.text)
    }
  }

  end(end: AnswerEnd): void {
    this.#closeBlock()
    this.#end = end
    const { output_tokens, ...input } = messageUsage(end.usage)
    this.#events.add('message_delta', { delta: this.#stop(), usage: { output_tokens, ...input } })
    this.#events.add('message_stop', {})
  }

  fail(failure: Failure): void {
    this.#events.add('error', failureBody(failure))
  }

  /** The whole message. @throws AppError `answer_unreadable` where a tool's input is no JSON. */
  result(): Fields {
    return {
      ...this.#message(),
      content: this.#blocks.map((block) => this.#contentOf(block)),
      ...this.#stop(),
      usage: messageUsage(this.#end?.usage),
    }
  }

  #message(): Fields {
    return {
      id: this.#id,
      type: 'message',
      role: 'assistant',
      model: this.#parts.request.model,
      stop_reason: null,
      stop_sequence: null,
    }
  }

  #addText(type: 'text' | 'thinking', text: string): void {
    if (text === '') return
    if (this.#open?.type !== type) {
      const empty =
        type === 'text' ? { type, text: '', citations: null } : { type, thinking: '', signature: '' }
      this.#openBlock({ type, text: [] }, empty)
    }
    this.#open!.text.push(text)
    this.#delta(type === 'text' ? { type: 'text_delta', text } : { type: 'thinking_delta', thinking: text })
  }

  #beginCall({ id: given, name }: Extract<Step, { kind: 'call' }>): void {
    // Some hosts give every call the same id; a caller could not tell the results apart.
    const id = given === undefined || this.#toolIds.has(given) ? this.#parts.ids.id('toolu') : given
    this.#toolIds.add(id)
    this.#openBlock({ type: 'tool_use', id, name, text: [] }, { type: 'tool_use', id, name, input: {} })
  }

  #addArguments(text: string): void {
    this.#open!.text.push(text)
    this.#delta({ type: 'input_json_delta', partial_json: text })
  }

  #openBlock(block: Block, start: object): void {
    this.#closeBlock()
    this.#open = block
    this.#blocks.push(block)
    this.#events.add('content_block_start', { index: this.#blocks.length - 1, content_block: start })
  }

  #delta(delta: object): void {
    this.#events.add('content_block_delta', { index: this.#blocks.length - 1, delta })
  }

  #closeBlock(): void {
    if (this.#open === undefined) return
    this.#open = undefined
    this.#events.add('content_block_stop', { index: this.#blocks.length - 1 })
  }

  #ping(): void {
    const now = this.#parts.clock.monotonic()
    if (now - this.#lastPingAt < PING_EVERY_MS) return
    this.#lastPingAt = now
    this.#events.add('ping', {})
  }

  #stop(): Fields {
    // Anthropic has no word for an end that nobody explained.
    const { reason = 'stop', stopSequence } = this.#end ?? {}
    if (this.#refusal !== '') {
      const explanation = this.#refusal
      return { ...stopped('refusal'), stop_details: { type: 'refusal', category: null, explanation } }
    }
    const word = lookUp(STOP_REASONS, reason) ?? 'end_turn'
    if (word !== 'end_turn') return stopped(word)
    // Some hosts say `stop` after tool calls too; a caller goes by this word.
    if (this.#blocks.some(({ type }) => type === 'tool_use')) return stopped('tool_use')
    if (stopSequence !== undefined && this.#parts.request.stopSequences.includes(stopSequence)) {
      return stopped('stop_sequence', stopSequence)
    }
    return stopped(word)
  }

  #contentOf(block: Block): Fields {
    const text = block.text.join('')
    switch (block.type) {
      case 'text':
        return { type: 'text', text, citations: null }
      case 'thinking':
        return { type: 'thinking', thinking: text, signature: '' }
      case 'tool_use':
        return { type: 'tool_use', id: block.id, name: block.name, input: this.#inputOf(text) }
    }
  }

  #inputOf(text: string): unknown {
    if (text.trim() === '') return {}
    const input = tryParseJson(text)
    if (isTooDeep(input)) throw answerUnreadable('the input of a tool call is nested too deeply')
    if (isRecord(input)) return input
    // Cut: the stop reason says that the call is not complete.
    if (['length', 'content_filter'].includes(this.#end?.reason ?? '')) return {}
    throw answerUnreadable('the input of a tool call is no JSON object')
  }
}

function stopped(reason: string, sequence: string | null = null): Fields {
  return { stop_reason: reason, stop_sequence: sequence, stop_details: null }
}
