import type { ChatHistoryItem } from 'node-llama-cpp'
import { z } from 'zod'
import { isRecord } from '#base/json'
import { unsupportedParameter } from '../errors.ts'
import { always, isEmpty, parseRequest, refuse, unless, type Refusal } from './parse-request.ts'
import { responseFormatSchema } from './response-format.ts'
import { samplingSchema } from './sampling.ts'
import { streamingSchema } from './streaming.ts'

const textPart = z.looseObject({ type: z.literal('text'), text: z.string() })

const messageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z.union([z.string(), z.array(textPart)]).nullish(),
})

const chatSchema = samplingSchema.extend(streamingSchema.shape).extend({
  messages: z.array(messageSchema).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
  response_format: responseFormatSchema.nullish(),
})

export type ChatRequest = z.infer<typeof chatSchema>
type Message = ChatRequest['messages'][number]

const REFUSALS: Readonly<Record<string, Refusal>> = {
  tools: unless(isEmpty, 'tool calls'),
  functions: unless(isEmpty, 'function calls'),
  tool_choice: unless((value) => value === 'none' || value === 'auto', 'tool calls'),
  n: unless((value) => value === 1, 'more than one answer'),
  logprobs: unless((value) => value === false, 'log probabilities'),
  top_logprobs: unless((value) => value === 0, 'log probabilities'),
  logit_bias: unless(isEmpty, 'a bias for tokens'),
  modalities: unless(
    (value) => Array.isArray(value) && value.every((one) => one === 'text'),
    'anything but text',
  ),
  audio: always('audio'),
}

/** A chat request this engine can answer; throws `unsupported_parameter` or `invalid_request`. */
export function parseChatRequest(body: unknown): ChatRequest {
  refuse(body, REFUSALS)
  if (isRecord(body) && Array.isArray(body['messages'])) body['messages'].forEach(refuseMessage)
  return parseRequest(chatSchema, body)
}

function refuseMessage(message: unknown, index: number): void {
  if (!isRecord(message)) return
  const at = `messages[${String(index)}]`
  if (message['role'] === 'tool' || message['role'] === 'function') {
    throw unsupportedParameter(`${at}.role`, 'tool calls')
  }
  if (!isEmpty(message['tool_calls'] ?? [])) throw unsupportedParameter(`${at}.tool_calls`, 'tool calls')
  if (!Array.isArray(message['content'])) return
  const content: readonly unknown[] = message['content']
  for (const [part, value] of content.entries()) {
    if (isRecord(value) && typeof value['type'] === 'string' && value['type'] !== 'text') {
      throw unsupportedParameter(
        `${at}.content[${String(part)}]`,
        `parts of type ${value['type'].slice(0, 40)}`,
      )
    }
  }
}

/** The messages as a chat wrapper takes them, ending with the empty answer to be filled. */
export function chatHistory(request: ChatRequest): ChatHistoryItem[] {
  return [...request.messages.map(historyItem), { type: 'model', response: [] }]
}

function historyItem(message: Message): ChatHistoryItem {
  const text = textOf(message)
  switch (message.role) {
    case 'system':
    case 'developer':
      return { type: 'system', text }
    case 'user':
      return { type: 'user', text }
    case 'assistant':
      return { type: 'model', response: [text] }
  }
}

function textOf({ content }: Message): string {
  if (content === undefined || content === null) return ''
  return typeof content === 'string' ? content : content.map(({ text }) => text).join('\n')
}
