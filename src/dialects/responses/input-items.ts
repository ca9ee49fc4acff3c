import { isRecord } from '#base/json'
import {
  joinLeadingSystem,
  plainest,
  type AssistantMessage,
  type ChatMessage,
  type ChatPart,
} from '../chat/chat-message.ts'
import type { Fields } from '../dialect.ts'
import { cannotTranslate, wrongField } from '../errors.ts'
import {
  hint,
  list,
  lookUp,
  only,
  readFields,
  recordAt,
  text,
  textAt,
  textOrList,
  type FieldTable,
} from '../read-fields.ts'
import { ROLES } from './tables.ts'

const NO_NAMESPACE = only([], 'hosts know no namespaces of tools')
const ITEM_FIELDS: Record<string, FieldTable> = {
  message: { type: text, id: hint, role: text, content: textOrList, status: hint, phase: hint },
  function_call: {
    type: text,
    id: hint,
    call_id: text,
    name: text,
    arguments: text,
    status: hint,
    caller: hint,
    async: only([false], 'tools run one after the other'),
    namespace: NO_NAMESPACE,
  },
  function_call_output: {
    type: text,
    id: hint,
    call_id: text,
    output: textOrList,
    status: hint,
    caller: hint,
    name: hint,
    namespace: NO_NAMESPACE,
    created_by: hint,
  },
  reasoning: { type: text, id: hint, summary: list, content: list, encrypted_content: hint, status: hint },
}
const PART_FIELDS: Record<string, FieldTable> = {
  input_text: { type: text, text, prompt_cache_breakpoint: hint },
  output_text: { type: text, text, annotations: hint, logprobs: hint },
  refusal: { type: text, refusal: text },
  input_image: {
    type: text,
    image_url: text,
    detail: text,
    file_id: only([], 'Hearth keeps no files; send the image as image_url'),
    prompt_cache_breakpoint: hint,
  },
  input_audio: { type: text, input_audio: {} },
}
/** Parts that a message of a role may hold. */
const PARTS: Record<string, readonly string[]> = {
  user: ['input_text', 'input_image', 'input_audio'],
  system: ['input_text'],
  assistant: ['output_text', 'input_text', 'refusal'],
}

/**
 * @param items the whole conversation, references to earlier items resolved
 * @param earlier how many of them earlier responses left, so that errors count from the caller's first
 */
export function readInputItems(
  items: readonly Fields[],
  { instructions, earlier }: { instructions: string | undefined; earlier: number },
): ChatMessage[] {
  const messages: ChatMessage[] =
    instructions === undefined ? [] : [{ role: 'system', content: instructions }]
  for (const [index, item] of items.entries()) readItem(item, `input[${index - earlier}]`, messages)
  return joinLeadingSystem(messages.map(spoken))
}

/** A turn that was cut in its thoughts: hosts want a text where there are no calls. */
function spoken(message: ChatMessage): ChatMessage {
  if (message.role !== 'assistant' || message.content !== null || message.tool_calls !== undefined)
    return message
  return { ...message, content: '' }
}

/** An item without a type is a message. */
export function itemType(item: Fields): unknown {
  return item.type ?? (item.role === undefined ? undefined : 'message')
}

function readItem(item: Fields, path: string, messages: ChatMessage[]): void {
  const type = itemType(item)
  const table = lookUp(ITEM_FIELDS, type)
  if (table === undefined) {
    const name = typeof type === 'string' ? type.slice(0, 60) : 'no type'
    throw cannotTranslate(`${path} (${name})`, `input takes ${Object.keys(ITEM_FIELDS).join(', ')}`)
  }
  readFields(item, table, path)
  if (type === 'message') readMessage(item, path, messages)
  else if (type === 'reasoning')
    assistantTurn(messages, 'reasoning').reasoning_content = thoughtsOf(item, path)
  else if (type === 'function_call') addCall(item, path, messages)
  else {
    const content = outputText(item.output, `${path}.output`)
    messages.push({ role: 'tool', tool_call_id: textAt(item.call_id, `${path}.call_id`), content })
  }
}

function readMessage(item: Fields, path: string, messages: ChatMessage[]): void {
  const role = lookUp(ROLES, item.role)
  if (role === undefined) throw wrongField(`${path}.role`, `must be one of ${Object.keys(ROLES).join(', ')}`)
  const content = plainest(readParts(item.content, PARTS[role]!, `${path}.content`))
  if (role !== 'assistant') messages.push({ role, content })
  else assistantTurn(messages, 'content').content = content as string
}

/** What one turn of the model said, thought and called is one chat message. */
function assistantTurn(messages: ChatMessage[], adds: 'reasoning' | 'content' | 'call'): AssistantMessage {
  const last = messages.at(-1)
  if (last?.role === 'assistant') {
    const isFree = {
      reasoning: false,
      content: last.content === null && last.tool_calls === undefined,
      call: true,
    }
    if (isFree[adds]) return last
  }
  const turn: AssistantMessage = { role: 'assistant', content: null }
  messages.push(turn)
  return turn
}

function addCall(item: Fields, path: string, messages: ChatMessage[]): void {
  const turn = assistantTurn(messages, 'call')
  turn.tool_calls = [
    ...(turn.tool_calls ?? []),
    {
      id: textAt(item.call_id, `${path}.call_id`),
      type: 'function',
      function: {
        name: textAt(item.name, `${path}.name`),
        arguments: textAt(item.arguments, `${path}.arguments`),
      },
    },
  ]
}

function thoughtsOf(item: Fields, path: string): string {
  const texts = [item.content, item.summary].map((parts) =>
    (Array.isArray(parts) ? (parts as unknown[]) : []).flatMap((part) =>
      isRecord(part) && typeof part.text === 'string' ? [part.text] : [],
    ),
  )
  const [thoughts] = texts.filter(({ length }) => length > 0)
  if (thoughts === undefined) {
    throw cannotTranslate(
      `${path} (reasoning)`,
      'only the server that encrypted it can read it; leave the item out',
    )
  }
  return thoughts.join('\n')
}

function readParts(content: unknown, allowed: readonly string[], path: string): ChatPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw wrongField(path, 'must be a string or an array of parts')
  return content.map((value: unknown, index) => readPart(value, allowed, `${path}[${index}]`))
}

function readPart(value: unknown, allowed: readonly string[], path: string): ChatPart {
  const part = recordAt(value, path)
  const type = textAt(part.type, `${path}.type`)
  const table = lookUp(PART_FIELDS, type)
  if (table === undefined || !allowed.includes(type)) {
    throw cannotTranslate(`${path} (${type.slice(0, 60)})`, `this place takes ${allowed.join(', ')}`)
  }
  readFields(part, table, path)
  if (type === 'input_image') return imagePart(part, path)
  if (type === 'input_audio') return { type, input_audio: recordAt(part.input_audio, `${path}.input_audio`) }
  return {
    type: 'text',
    text: type === 'refusal' ? textAt(part.refusal, `${path}.refusal`) : textAt(part.text, `${path}.text`),
  }
}

function imagePart({ image_url: url, detail }: Fields, path: string): ChatPart {
  const image = { url: textAt(url, `${path}.image_url`) }
  return { type: 'image_url', image_url: typeof detail === 'string' ? { ...image, detail } : image }
}

function outputText(output: unknown, path: string): string {
  return readParts(output, ['input_text'], path)
    .map((part) => (part.type === 'text' ? part.text : ''))
    .join('\n')
}

/** An item that names an earlier one instead of repeating it. */
export function isReference(item: Fields): boolean {
  return (
    item.type === 'item_reference' ||
    (item.type === undefined && item.role === undefined && item.id !== undefined)
  )
}
