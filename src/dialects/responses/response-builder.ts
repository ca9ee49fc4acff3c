import type { Ids } from '#base/ids'
import type { Clock } from '#base/time'
import type { Step } from '../chat/answer-step.ts'
import type { AnswerBuilder, AnswerEnd } from '../chat/answer-translator.ts'
import type { Failure, Fields } from '../dialect.ts'
import { lookUp } from '../read-fields.ts'
import {
  CallItem,
  ContentItem,
  ContentPart,
  PART_SHAPES,
  type ItemStatus,
  type PartKind,
} from './output-item.ts'
import { failureOf } from './failure.ts'
import { responseOf, responseUsage } from './response-object.ts'
import { ResponseEvents } from './response-events.ts'
import { INCOMPLETE_REASONS } from './tables.ts'
import type { ResponsesRequest } from './read-request.ts'

export interface ResponseParts {
  readonly request: ResponsesRequest
  readonly ids: Ids
  readonly clock: Clock
  /** Called with a response that came to its end, complete or not. */
  readonly onEnd: (response: Fields) => void
}

/** Builds a response, and tells it as the events of the Responses API. */
export class ResponseBuilder implements AnswerBuilder {
  readonly #parts: ResponseParts
  readonly #events = new ResponseEvents()
  readonly #output: Fields[] = []
  readonly #callIds = new Set<string>()
  #response: Fields
  #hasBegun = false
  #item: ContentItem | CallItem | undefined

  constructor(parts: ResponseParts) {
    this.#parts = parts
    this.#response = responseOf(parts.request, {
      id: parts.ids.id('resp'),
      createdAtSeconds: this.#nowSeconds(),
    })
  }

  takeEvents(): string {
    return this.#events.take()
  }

  /** The response as far as it has come. */
  result(): Fields {
    return this.#response
  }

  begin(): void {
    this.#hasBegun = true
    this.#events.add('response.created', { response: this.#response })
    this.#events.add('response.in_progress', { response: this.#response })
  }

  step(step: Step): void {
    switch (step.kind) {
      case 'call':
        this.#beginCall(step.id, step.name)
        return
      case 'arguments':
        this.#addArguments(step.text)
        return
      case 'text':
      case 'refusal':
      case 'reasoning':
        this.#addText(step.kind, step.text, step.logprobs ?? [])
    }
  }

  end({ reason, usage }: AnswerEnd): void {
    const why = lookUp(INCOMPLETE_REASONS, reason)
    // Where the host gave no finish reason, nobody knows whether all of it came.
    const status = reason === undefined || why !== undefined ? 'incomplete' : 'completed'
    // Clients look for a message, also where the model said nothing.
    if (this.#item === undefined && this.#output.length === 0) this.#partFor('text')
    this.#closeItem(status)
    this.#response = {
      ...this.#response,
      status,
      completed_at: status === 'completed' ? this.#nowSeconds() : null,
      incomplete_details: why === undefined ? null : { reason: why },
      output: this.#output,
      usage: responseUsage(usage),
    }
    this.#parts.onEnd(this.#response)
    this.#events.add(`response.${status}`, { response: this.#response })
  }

  fail(failure: Failure): void {
    const { event, error } = failureOf(failure)
    this.#events.add('error', event)
    if (!this.#hasBegun) return
    const begun = this.#item === undefined ? [] : [this.#item.present('incomplete')]
    this.#response = { ...this.#response, status: 'failed', error, output: [...this.#output, ...begun] }
    this.#events.add('response.failed', { response: this.#response })
  }

  #addText(kind: PartKind, text: string, logprobs: readonly unknown[]): void {
    if (text === '' && !(this.#item instanceof ContentItem)) return
    const { item, part } = this.#partFor(kind)
    part.add(text, logprobs)
    this.#events.add(`${PART_SHAPES[kind].event}.delta`, {
      ...placeOf(item, part),
      delta: text,
      ...(kind === 'text' && { logprobs }),
    })
  }

  /** The open part of this kind, or a new one. */
  #partFor(kind: PartKind): { item: ContentItem; part: ContentPart } {
    const item = this.#itemFor(kind === 'reasoning' ? 'reasoning' : 'message')
    const last = item.parts.at(-1)
    if (last?.kind === kind) return { item, part: last }
    if (last !== undefined) this.#closePart(item, last)
    const part = new ContentPart(kind, item.parts.length)
    this.#events.add('response.content_part.added', { ...placeOf(item, part), part: part.present() })
    item.parts.push(part)
    return { item, part }
  }

  #itemFor(type: ContentItem['type']): ContentItem {
    if (this.#item instanceof ContentItem && this.#item.type === type) return this.#item
    const id = this.#parts.ids.id(type === 'message' ? 'msg' : 'rs')
    const item = new ContentItem(type, id, this.#nextIndex())
    this.#openItem(item)
    return item
  }

  #beginCall(given: string | undefined, name: string): void {
    const { ids } = this.#parts
    // Some hosts give every call the same id; a caller could not tell the outputs apart.
    const callId = given === undefined || this.#callIds.has(given) ? ids.id('call') : given
    this.#callIds.add(callId)
    this.#openItem(new CallItem({ id: ids.id('fc'), callId }, this.#nextIndex(), name))
  }

  #addArguments(delta: string): void {
    const item = this.#item as CallItem
    item.add(delta)
    this.#events.add('response.function_call_arguments.delta', { ...itemPlace(item), delta })
  }

  #nextIndex(): number {
    return this.#output.length + (this.#item === undefined ? 0 : 1)
  }

  #openItem(item: ContentItem | CallItem): void {
    this.#closeItem('completed')
    this.#item = item
    this.#events.add('response.output_item.added', {
      output_index: item.index,
      item: item.present('in_progress'),
    })
  }

  #closeItem(status: ItemStatus): void {
    const item = this.#item
    if (item === undefined) return
    this.#item = undefined
    if (item instanceof CallItem) {
      this.#events.add('response.function_call_arguments.done', {
        ...itemPlace(item),
        name: item.name,
        arguments: item.arguments,
      })
    } else this.#closePart(item, item.parts.at(-1)!)
    const done = item.present(status)
    this.#output.push(done)
    this.#events.add('response.output_item.done', { output_index: item.index, item: done })
  }

  #closePart(item: ContentItem, part: ContentPart): void {
    const { event, field } = PART_SHAPES[part.kind]
    this.#events.add(`${event}.done`, {
      ...placeOf(item, part),
      [field]: part.text,
      ...(part.kind === 'text' && { logprobs: part.logprobs }),
    })
    this.#events.add('response.content_part.done', { ...placeOf(item, part), part: part.present() })
  }

  #nowSeconds(): number {
    return Math.floor(this.#parts.clock.now() / 1000)
  }
}

function itemPlace(item: ContentItem | CallItem): Fields {
  return { item_id: item.id, output_index: item.index }
}

function placeOf(item: ContentItem, part: ContentPart): Fields {
  return { ...itemPlace(item), content_index: part.index }
}
