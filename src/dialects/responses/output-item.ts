import type { Fields } from '../dialect.ts'

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete'
export type PartKind = 'text' | 'refusal' | 'reasoning'

/** How each kind of content part looks, and what its events are called. */
export const PART_SHAPES = {
  text: { type: 'output_text', field: 'text', event: 'response.output_text' },
  refusal: { type: 'refusal', field: 'refusal', event: 'response.refusal' },
  reasoning: { type: 'reasoning_text', field: 'text', event: 'response.reasoning_text' },
} as const satisfies Record<PartKind, { type: string; field: string; event: string }>

/** A part of a message, or of what the model thought. */
export class ContentPart {
  readonly kind: PartKind
  readonly index: number
  readonly #texts: string[] = []
  readonly #logprobs: unknown[] = []

  constructor(kind: PartKind, index: number) {
    this.kind = kind
    this.index = index
  }

  add(text: string, logprobs: readonly unknown[]): void {
    this.#texts.push(text)
    // A spread would put millions of arguments on the stack.
    for (const logprob of logprobs) this.#logprobs.push(logprob)
  }

  get text(): string {
    return this.#texts.join('')
  }

  get logprobs(): readonly unknown[] {
    return this.#logprobs
  }

  present(): Fields {
    const { type, field } = PART_SHAPES[this.kind]
    const extras = this.kind === 'text' ? { annotations: [], logprobs: this.#logprobs } : {}
    return { type, [field]: this.text, ...extras }
  }
}

/** A message or a reasoning item in the making. */
export class ContentItem {
  readonly type: 'message' | 'reasoning'
  readonly id: string
  readonly index: number
  readonly parts: ContentPart[] = []

  constructor(type: 'message' | 'reasoning', id: string, index: number) {
    this.type = type
    this.id = id
    this.index = index
  }

  present(status: ItemStatus): Fields {
    const content = this.parts.map((part) => part.present())
    return this.type === 'message'
      ? { id: this.id, type: 'message', status, role: 'assistant', content }
      : { id: this.id, type: 'reasoning', status, summary: [], content }
  }
}

/** A function call in the making. */
export class CallItem {
  readonly type = 'function_call'
  readonly id: string
  readonly index: number
  readonly callId: string
  readonly name: string
  readonly #texts: string[] = []

  constructor(ids: { id: string; callId: string }, index: number, name: string) {
    this.id = ids.id
    this.callId = ids.callId
    this.index = index
    this.name = name
  }

  add(text: string): void {
    this.#texts.push(text)
  }

  get arguments(): string {
    return this.#texts.join('')
  }

  present(status: ItemStatus): Fields {
    return {
      id: this.id,
      type: 'function_call',
      status,
      arguments: this.arguments,
      call_id: this.callId,
      name: this.name,
    }
  }
}
