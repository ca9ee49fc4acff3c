import { isRecord } from '#base/json'
import type { AssistantMessage, ChatMessage, ChatPart } from '../chat/chat-message.ts'
import { plainest } from '../chat/chat-message.ts'
import type { Fields } from '../dialect.ts'
import { cannotTranslate, wrongField } from '../errors.ts'
import {
  boolean,
  hint,
  list,
  lookUp,
  object,
  oneOf,
  only,
  readFields,
  recordAt,
  text,
  textAt,
  textOrList,
  type FieldTable,
} from '../read-fields.ts'
import { BLOCKS, REFUSED_BLOCKS, type Role } from './tables.ts'

const BLOCK_FIELDS: Record<string, FieldTable> = {
  text: { type: text, text, cache_control: hint, citations: list },
  image: { type: text, source: object, cache_control: hint, transformations: hint },
  tool_use: {
    type: text,
    id: text,
    name: text,
    input: object,
    cache_control: hint,
    caller: hint,
    toolset_name: only([], 'Hearth has no toolsets'),
  },
  tool_result: {
    type: text,
    tool_use_id: text,
    content: textOrList,
    is_error: boolean,
    cache_control: hint,
    toolset_name: only([], 'Hearth has no toolsets'),
  },
  thinking: { type: text, thinking: text, signature: text },
}
const SOURCE_FIELDS: Record<string, FieldTable> = {
  base64: {
    type: text,
    media_type: oneOf('image/jpeg', 'image/png', 'image/gif', 'image/webp'),
    data: text,
  },
  url: { type: text, url: text },
}

/** The messages of a conversation as hosts take them. */
export function readMessages(messages: readonly unknown[]): ChatMessage[] {
  return messages.flatMap((message, index) => {
    const path = `messages[${index}]`
    const given = recordAt(message, path)
    readFields(given, { role: oneOf('user', 'assistant', 'system'), content: textOrList }, path)
    const role = given.role as Role | undefined
    if (role === undefined) throw wrongField(`${path}.role`, 'is missing')
    const blocks = readBlocks(given.content, role, `${path}.content`)
    if (role === 'assistant') return [assistantMessage(blocks)]
    if (role === 'system') return [{ role, content: textOf(blocks) }]
    return userMessages(blocks)
  })
}

/** `system`: a text, or blocks of text. */
export function readSystem(system: unknown): ChatMessage[] {
  if (system === undefined || system === null) return []
  const content = textOf(readBlocks(system, 'system', 'system'))
  return content === '' ? [] : [{ role: 'system', content }]
}

interface Block {
  readonly type: string
  readonly fields: Fields
  readonly path: string
}

/** Checked blocks; a text alone is one block. */
function readBlocks(content: unknown, role: Role, path: string): Block[] {
  if (typeof content === 'string') return [{ type: 'text', fields: { text: content }, path }]
  if (!Array.isArray(content)) throw wrongField(path, 'must be a string or an array of blocks')
  return content.map((value: unknown, index) => readBlock(value, BLOCKS[role], role, `${path}[${index}]`))
}

function readBlock(value: unknown, allowed: readonly string[], where: string, path: string): Block {
  const fields = recordAt(value, path)
  const type = textAt(fields.type, `${path}.type`)
  const why = lookUp(REFUSED_BLOCKS, type)
  if (why !== undefined) throw cannotTranslate(`${path} (${type})`, why)
  if (!allowed.includes(type)) {
    throw cannotTranslate(`${path} (${type.slice(0, 60)})`, `a ${where} takes ${allowed.join(', ')}`)
  }
  readFields(fields, BLOCK_FIELDS[type]!, path)
  return { type, fields, path }
}

function textOf(blocks: readonly Block[]): string {
  return blocks.map(({ fields, path }) => textAt(fields.text, `${path}.text`)).join('\n')
}

function assistantMessage(blocks: readonly Block[]): AssistantMessage {
  const of = (type: string) => blocks.filter((block) => block.type === type)
  const thoughts = of('thinking').map(({ fields, path }) => textAt(fields.thinking, `${path}.thinking`))
  const calls = of('tool_use').map(({ fields, path }) => ({
    id: textAt(fields.id, `${path}.id`),
    type: 'function' as const,
    function: {
      name: textAt(fields.name, `${path}.name`),
      arguments: JSON.stringify(recordAt(fields.input, `${path}.input`)),
    },
  }))
  const content = textOf(of('text'))
  return {
    role: 'assistant',
    content: content === '' && calls.length > 0 ? null : content,
    ...(thoughts.length > 0 && { reasoning_content: thoughts.join('\n') }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

/** Tool results become messages of their own, and stand first: hosts want them right after the calls. */
function userMessages(blocks: readonly Block[]): ChatMessage[] {
  const results = blocks.filter(({ type }) => type === 'tool_result')
  const rest = blocks.filter(({ type }) => type !== 'tool_result')
  const parts = rest.map(readPart)
  const said: ChatMessage[] = parts.length > 0 ? [{ role: 'user', content: plainest(parts) }] : []
  return [...results.map(toolMessage), ...said]
}

function readPart({ type, fields, path }: Block): ChatPart {
  if (type === 'text') return { type: 'text', text: textAt(fields.text, `${path}.text`) }
  const source = recordAt(fields.source, `${path}.source`)
  const kind = textAt(source.type, `${path}.source.type`)
  const table = lookUp(SOURCE_FIELDS, kind)
  if (table === undefined) {
    throw cannotTranslate(`${path}.source (${kind.slice(0, 60)})`, 'images come as base64 or url')
  }
  readFields(source, table, `${path}.source`)
  return { type: 'image_url', image_url: { url: urlOf(kind, source, `${path}.source`) } }
}

function urlOf(kind: string, source: Fields, path: string): string {
  if (kind === 'url') return textAt(source.url, `${path}.url`)
  const mediaType = textAt(source.media_type, `${path}.media_type`)
  return `data:${mediaType};base64,${textAt(source.data, `${path}.data`)}`
}

/** How a failed tool is told apart: chat completions have no flag for it. */
export const ERROR_MARK = 'Error: '

function toolMessage({ fields, path }: Block): ChatMessage {
  const content = resultText(fields.content, `${path}.content`)
  return {
    role: 'tool',
    tool_call_id: textAt(fields.tool_use_id, `${path}.tool_use_id`),
    content: fields.is_error === true ? ERROR_MARK + content : content,
  }
}

function resultText(content: unknown, path: string): string {
  if (content === undefined || content === null) return ''
  if (Array.isArray(content) && content.some((block) => isRecord(block) && block.type === 'image')) {
    throw cannotTranslate(
      `${path} (image)`,
      'hosts take text as a tool’s result; send the image as a block of the user’s message',
    )
  }
  if (typeof content === 'string') return content
  return textOf(
    (content as unknown[]).map((value, at) => readBlock(value, ['text'], 'tool result', `${path}[${at}]`)),
  )
}
