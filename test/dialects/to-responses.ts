import { ROLES } from '#dialects/responses/tables'
import type { Message, Part } from './random-chat.ts'
import { turned } from './turned.ts'

type Fields = Record<string, unknown>

/** A chat completion request as the Responses API has it: the way back of what is tested. */
export function toResponsesRequest(chat: Fields): Fields {
  const { messages, max_tokens: most, tools, tool_choice: choice, ...rest } = chat
  const { reasoning_effort: effort, response_format: format, ...settings } = rest
  return {
    ...settings,
    max_output_tokens: most,
    input: (messages as Message[]).flatMap(toItems),
    ...(tools !== undefined && {
      tools: (tools as { function: Fields }[]).map((tool) => ({ type: 'function', ...tool.function })),
    }),
    ...(choice !== undefined && { tool_choice: toChoice(choice) }),
    ...(effort !== undefined && { reasoning: { effort } }),
    ...(format !== undefined && {
      text: { format: { type: 'json_schema', ...(format as { json_schema: Fields }).json_schema } },
    }),
  }
}

function toChoice(choice: unknown): unknown {
  if (typeof choice === 'string') return choice
  return { type: 'function', name: (choice as { function: Fields }).function.name }
}

function toItems(message: Message): Fields[] {
  if (message.role === 'tool') {
    return [{ type: 'function_call_output', call_id: message.tool_call_id, output: message.content }]
  }
  const role = turned(ROLES)[message.role]
  if (message.role !== 'assistant') {
    const { content } = message
    return [{ role, content: typeof content === 'string' ? content : content.map(toPart) }]
  }
  const { content, reasoning_content: thoughts, tool_calls: calls = [] } = message
  return [
    ...(thoughts === undefined
      ? []
      : [{ type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: thoughts }] }]),
    ...(content === null
      ? []
      : [{ type: 'message', role, content: [{ type: 'output_text', text: content, annotations: [] }] }]),
    ...calls.map((call) => ({
      type: 'function_call',
      call_id: call.id,
      name: call.function.name,
      arguments: call.function.arguments,
    })),
  ]
}

function toPart(part: Part): Fields {
  return part.type === 'text'
    ? { type: 'input_text', text: part.text }
    : { type: 'input_image', image_url: part.image_url.url }
}
