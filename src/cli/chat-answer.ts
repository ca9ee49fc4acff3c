import { AppError } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'
import { relayRoutes } from '#relay/contract'
import type { ApiClient } from './api-client.ts'
import { errorOfEvent } from './server-errors.ts'

export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly max_tokens?: number
  readonly temperature?: number
  readonly seed?: number
}

/** A whole answer, as `hearth chat --json` prints it. */
export interface ChatAnswer {
  readonly model: string
  readonly content: string
  readonly finish_reason: string
  /** Token counts as the host gave them; null where it gave none. */
  readonly usage: unknown
}

/**
 * Asks and hands over each piece of the answer as it comes. It streams even where only the whole is wanted,
 * because a stream may take as long as the model needs.
 *
 * @throws AppError what the server or the stream says went wrong; `answer_cut` where it just ends.
 */
export async function askChat(
  client: ApiClient,
  request: ChatRequest,
  onText: (text: string) => void,
  signal?: AbortSignal,
): Promise<ChatAnswer> {
  const body = {
    ...request,
    messages: request.messages.map((message) => ({ ...message })),
    stream: true,
    stream_options: { include_usage: true },
  }
  const { events, correlationId } = await client.stream(relayRoutes.chat, {
    body,
    ...(signal === undefined ? {} : { signal }),
  })
  let { model } = request
  let content = ''
  let finishReason: string | undefined
  let usage: unknown = null
  for await (const data of events) {
    if (data === '[DONE]') break
    const event = tryParseJson(data)
    const error = errorOfEvent(event, correlationId)
    if (error !== undefined) throw error
    if (!isRecord(event)) continue
    if (typeof event.model === 'string') model = event.model
    usage = event.usage ?? usage
    const choice = firstChoice(event)
    const text = isRecord(choice.delta) ? choice.delta.content : undefined
    if (typeof text === 'string' && text !== '') {
      content += text
      onText(text)
    }
    if (typeof choice.finish_reason === 'string') finishReason = choice.finish_reason
  }
  if (finishReason === undefined) throw cutOff(correlationId)
  return { model, content, finish_reason: finishReason, usage }
}

function firstChoice(event: Record<string, unknown>): Record<string, unknown> {
  const choice: unknown = Array.isArray(event.choices) ? event.choices[0] : undefined
  return isRecord(choice) ? choice : {}
}

function cutOff(correlationId: string | undefined): AppError {
  return new AppError(
    'upstream',
    'answer_cut',
    'The answer is not complete: its stream ended without a reason to finish.',
    {
      details: correlationId === undefined ? {} : { correlation_id: correlationId },
    },
  )
}
