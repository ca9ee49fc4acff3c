import type { GeneratedPiece, GenerationEnd } from './generation.ts'

export interface AnswerFacts {
  readonly id: string
  /** Unix time in seconds. */
  readonly created: number
  readonly model: string
  readonly fingerprint: string
}

/** How one kind of completion looks on the wire. */
export interface CompletionShape {
  readonly idPrefix: string
  /** The chunks that begin a stream. */
  opening(): object[]
  piece(piece: GeneratedPiece): object
  closing(finishReason: string): object
  whole(pieces: readonly GeneratedPiece[], finishReason: string): object
  readonly object: string
  readonly chunkObject: string
}

const choice = (content: object, finishReason: string | null): object => ({
  index: 0,
  ...content,
  logprobs: null,
  finish_reason: finishReason,
})

export const chatShape: CompletionShape = {
  idPrefix: 'chatcmpl',
  object: 'chat.completion',
  chunkObject: 'chat.completion.chunk',
  opening: () => [choice({ delta: { role: 'assistant', content: '' } }, null)],
  piece: ({ kind, text }) =>
    choice({ delta: kind === 'content' ? { content: text } : { reasoning_content: text } }, null),
  closing: (finishReason) => choice({ delta: {} }, finishReason),
  whole: (pieces, finishReason) => {
    const reasoning = joined(pieces, 'reasoning')
    const message = {
      role: 'assistant',
      content: joined(pieces, 'content'),
      refusal: null,
      ...(reasoning !== '' && { reasoning_content: reasoning }),
    }
    return choice({ message }, finishReason)
  },
}

export const textShape: CompletionShape = {
  idPrefix: 'cmpl',
  object: 'text_completion',
  chunkObject: 'text_completion',
  opening: () => [],
  piece: ({ text }) => choice({ text }, null),
  closing: (finishReason) => choice({ text: '' }, finishReason),
  whole: (pieces, finishReason) => choice({ text: joined(pieces, 'content') }, finishReason),
}

/** A whole answer. */
export function completionBody(
  shape: CompletionShape,
  facts: AnswerFacts,
  pieces: readonly GeneratedPiece[],
  end: GenerationEnd,
): object {
  return {
    ...envelope(shape.object, facts),
    choices: [shape.whole(pieces, end.finishReason)],
    usage: usage(end),
  }
}

/** One event of a streamed answer. */
export function completionChunk(shape: CompletionShape, facts: AnswerFacts, content: object): object {
  return { ...envelope(shape.chunkObject, facts), choices: [content] }
}

/** The event after the last, for a client that asked for the usage. */
export function usageChunk(shape: CompletionShape, facts: AnswerFacts, end: GenerationEnd): object {
  return { ...envelope(shape.chunkObject, facts), choices: [], usage: usage(end) }
}

function envelope(object: string, { id, created, model, fingerprint }: AnswerFacts): object {
  return { id, object, created, model, system_fingerprint: fingerprint }
}

function usage({ promptTokens, completionTokens }: GenerationEnd): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
}

function joined(pieces: readonly GeneratedPiece[], kind: GeneratedPiece['kind']): string {
  return pieces
    .filter((piece) => piece.kind === kind)
    .map(({ text }) => text)
    .join('')
}
