import { EFFORTS, TOOL_CHOICES } from '#dialects/messages/tables'
import type { Message, Part } from './random-chat.ts'
import { turned } from './turned.ts'

type Fields = Record<string, unknown>

/** A chat completion request as Anthropic's Messages API has it: the way back of what is tested. */
export function toMessagesRequest(chat: Fields): Fields {
  const { messages, stop, tools, tool_choice: choice, reasoning_effort: effort, ...same } = chat
  const { response_format: format, ...settings } = same
  const conversation = messages as Message[]
  const [first] = conversation
  const system = first?.role === 'system' ? first.content : undefined
  return {
    ...settings,
    ...(system !== undefined && { system }),
    ...(stop !== undefined && { stop_sequences: stop }),
    ...(tools !== undefined && { tools: (tools as { function: Fields }[]).map(toTool) }),
    ...(choice !== undefined && { tool_choice: toChoice(choice) }),
    ...((effort !== undefined || format !== undefined) && {
      output_config: {
        ...(effort !== undefined && { effort: turned(EFFORTS)[effort as string] }),
        ...(format !== undefined && {
          format: { type: 'json_schema', schema: (format as { json_schema: Fields }).json_schema.schema },
        }),
      },
    }),
    messages: grouped(conversation.slice(system === undefined ? 0 : 1)),
  }
}

function toTool({ function: { name, description, parameters } }: { function: Fields }): Fields {
  return { name, description, input_schema: parameters }
}

function toChoice(choice: unknown): Fields {
  if (typeof choice === 'string') return { type: turned(TOOL_CHOICES)[choice] }
  return { type: 'tool', name: (choice as { function: Fields }).function.name }
}

/** Results of tools and what the user says after them are one message. */
function grouped(messages: readonly Message[]): Fields[] {
  const out: { role: string; content: unknown }[] = []
  for (const message of messages) {
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    const last = out.at(-1)
    if (last?.role === role) last.content = [...asBlocks(last.content), ...asBlocks(contentOf(message))]
    else out.push({ role, content: contentOf(message) })
  }
  return out
}

function asBlocks(content: unknown): Fields[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : (content as Fields[])
}

function contentOf(message: Message): unknown {
  if (message.role === 'tool') {
    return [{ type: 'tool_result', tool_use_id: message.tool_call_id, content: message.content }]
  }
  if (message.role !== 'assistant') {
    return typeof message.content === 'string' ? message.content : message.content.map(toBlock)
  }
  const { content, reasoning_content: thoughts, tool_calls: calls = [] } = message
  return [
    ...(thoughts === undefined ? [] : [{ type: 'thinking', thinking: thoughts, signature: '' }]),
    ...(content === null ? [] : [{ type: 'text', text: content }]),
    ...calls.map(({ id, function: { name, arguments: text } }) => ({
      type: 'tool_use',
      id,
      name,
      input: JSON.parse(text) as unknown,
    })),
  ]
}

function toBlock(part: Part): Fields {
  if (part.type === 'text') return part
  const { url } = part.image_url
  const data = /^data:(.+);base64,(.*)$/.exec(url)
  const source = data === null ? { type: 'url', url } : { type: 'base64', media_type: data[1], data: data[2] }
  return { type: 'image', source }
}
