import { isRecord } from '#base/json'
import { NEED, type Needs } from './capabilities.ts'

const ENDPOINT_NEEDS: Readonly<Record<string, Needs>> = {
  '/v1/chat/completions': NEED.chat,
  '/v1/completions': NEED.completions,
  '/v1/embeddings': NEED.embeddings,
}

/**
 * What a request asks of the model beyond text, read from the parsed body. What a host may ignore without
 * harm (an empty list of tools, tools that must not be called, `tool_choice: "auto"`) is no need.
 *
 * @param endpoint path of the OpenAI call
 */
export function needsOf(endpoint: string, body: Readonly<Record<string, unknown>>): Needs {
  let needs = ENDPOINT_NEEDS[endpoint] ?? 0
  if (needs === NEED.embeddings) return needs
  const { logprobs, tools, tool_choice: choice, response_format: format, messages } = body
  // A flag in chat, a count in text completions, where 0 still asks for the tokens written.
  if (logprobs === true || typeof logprobs === 'number') needs |= NEED.logprobs
  if (Array.isArray(tools) && tools.length > 0 && choice !== 'none') needs |= NEED.tools
  if (isDemand(choice)) needs |= NEED.tool_choice
  if (isRecord(format) && format.type === 'json_schema') needs |= NEED.json_schema
  if (Array.isArray(messages) && messages.some(showsImage)) needs |= NEED.vision
  return needs
}

function isDemand(choice: unknown): boolean {
  return choice !== undefined && choice !== null && choice !== 'auto' && choice !== 'none'
}

function showsImage(message: unknown): boolean {
  const content = (message as { content?: unknown } | null)?.content
  return Array.isArray(content) && content.some(isImage)
}

function isImage(part: unknown): boolean {
  return isRecord(part) && (part.type === 'image_url' || part.type === 'input_image')
}
