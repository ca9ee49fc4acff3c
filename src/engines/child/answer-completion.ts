import { completionBody, completionChunk, usageChunk } from './completion-shape.ts'
import type { AnswerFacts, CompletionShape } from './completion-shape.ts'
import { EventStream } from './event-stream.ts'
import { sendJson, type Exchange } from './exchange.ts'
import type { GeneratedPiece, GenerationEnd } from './generation.ts'
import { engineError } from './openai-error.ts'
import { openAiError } from '#platform/http/error-bodies'

interface StreamingRequest {
  readonly stream?: boolean | null | undefined
  readonly stream_options?: { readonly include_usage?: boolean | null | undefined } | null | undefined
}

export interface Answer {
  readonly shape: CompletionShape
  readonly facts: AnswerFacts
  readonly request: StreamingRequest
  /** Generates when the turn comes. */
  run(onPiece: (piece: GeneratedPiece) => void): Promise<GenerationEnd>
}

/** Generates an answer and sends it the way the request wants it. */
export async function answerCompletion(answer: Answer, { response }: Exchange): Promise<void> {
  if (answer.request.stream === true) {
    await streamAnswer(answer, new EventStream(response))
    return
  }
  const pieces: GeneratedPiece[] = []
  const end = await answer.run((piece) => pieces.push(piece))
  sendJson(response, 200, completionBody(answer.shape, answer.facts, pieces, end))
}

/** Nothing is sent before the first piece, so that until then the request may still go elsewhere. */
async function streamAnswer({ shape, facts, request, run }: Answer, events: EventStream): Promise<void> {
  const send = (content: object): void => events.send(completionChunk(shape, facts, content))
  const open = (): void => {
    if (!events.isOpen) shape.opening().forEach(send)
  }
  try {
    const end = await run((piece) => {
      open()
      send(shape.piece(piece))
    })
    open()
    send(shape.closing(end.finishReason))
    if (request.stream_options?.include_usage === true) events.send(usageChunk(shape, facts, end))
    events.done()
  } catch (error) {
    if (events.isOpen) events.fail(openAiError(engineError(error)))
    throw error
  }
}
