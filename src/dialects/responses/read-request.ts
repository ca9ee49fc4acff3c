import { isRecord } from '#base/json'
import { checkDepth } from '../check-depth.ts'
import type { Fields } from '../dialect.ts'
import { cannotTranslate, wrongField } from '../errors.ts'
import {
  as,
  boolean,
  EXTRA_SAMPLING,
  hint,
  integer,
  list,
  number,
  object,
  oneOf,
  only,
  readFields,
  recordAt,
  refused,
  text,
  textAt,
  textOrList,
  type FieldTable,
} from '../read-fields.ts'
import { readInputItems } from './input-items.ts'
import { INCLUDABLE } from './tables.ts'
import { chooseTools, readTools } from './tools.ts'

const FIELDS: FieldTable = {
  model: as('model', text),
  // The older name is the one that every host knows.
  max_output_tokens: as('max_tokens', integer),
  temperature: as('temperature', number),
  top_p: as('top_p', number),
  top_logprobs: integer,
  input: textOrList,
  instructions: text,
  previous_response_id: text,
  store: boolean,
  stream: boolean,
  stream_options: object,
  tools: list,
  tool_choice: hint,
  parallel_tool_calls: boolean,
  text: object,
  reasoning: object,
  include: list,
  metadata: object,
  user: text,
  safety_identifier: text,
  service_tier: text,
  prompt_cache_key: text,
  prompt_cache_options: hint,
  prompt_cache_retention: hint,
  max_tool_calls: integer,
  truncation: only(['disabled'], 'Hearth shortens no input; leave it out'),
  background: only([false], 'Hearth answers while the caller waits; use stream'),
  conversation: refused('Hearth keeps no conversations; use previous_response_id'),
  prompt: refused('Hearth keeps no prompt templates; send instructions and input'),
  context_management: {
    refusal: (value) =>
      Array.isArray(value) && value.length === 0 ? undefined : 'Hearth does not compact conversations',
  },
  moderation: refused('Hearth runs no moderation'),
  access_programs: refused('Hearth has no access programs'),
  image: refused('Hearth does not compress images'),
  ...EXTRA_SAMPLING,
  top_k: as('top_k', integer),
  stop: as('stop', textOrList),
}
const STREAM_OPTIONS: FieldTable = {
  include_obfuscation: only([false], 'Hearth pads no events'),
}
const TEXT: FieldTable = { format: object, verbosity: as('verbosity', oneOf('low', 'medium', 'high')) }
const REASONING: FieldTable = {
  effort: as('reasoning_effort', oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')),
  // Hosts give what the model thought itself, which is more than a summary.
  summary: hint,
  generate_summary: hint,
  context: only(['auto', 'all_turns'], 'every turn that is sent reaches the host'),
  mode: only(['standard'], 'hosts have one mode'),
}
const FORMATS: Record<string, FieldTable> = {
  text: { type: text },
  json_object: { type: text },
  json_schema: { type: text, name: text, schema: object, strict: boolean, description: text },
}

export interface ResponsesRequest {
  readonly fields: Fields
  readonly model: string
  readonly isStream: boolean
  readonly isStored: boolean
  /** What this request adds to the conversation: items, ids not yet given. */
  readonly input: readonly Fields[]
  readonly previousId: string | undefined
}

/** @throws AppError `request_invalid`, `unknown_parameter`, `unsupported_parameter` naming the field. */
export function readResponsesRequest(body: unknown): ResponsesRequest {
  if (!isRecord(body)) throw wrongField('the body', 'must be a JSON object')
  checkDepth(body)
  readFields(body, FIELDS)
  const { model, input, previous_response_id: previousId } = body
  if (typeof model !== 'string' || model === '') {
    throw wrongField('model', 'must name a model, as GET /v1/models lists them')
  }
  if (isRecord(body.stream_options)) readFields(body.stream_options, STREAM_OPTIONS, 'stream_options')
  checkInclude(body.include)
  return {
    fields: body,
    model,
    isStream: body.stream === true,
    isStored: body.store !== false,
    input: inputItems(input),
    previousId: typeof previousId === 'string' ? previousId : undefined,
  }
}

/**
 * The chat request for the host.
 *
 * @param items the whole conversation: what earlier responses left, and this request's input
 */
export function chatOf({ fields, isStream, input }: ResponsesRequest, items: readonly Fields[]): Fields {
  const { parallel_tool_calls: parallel, top_logprobs: topLogprobs } = fields
  const instructions = typeof fields.instructions === 'string' ? fields.instructions : undefined
  const messages = readInputItems(items, { instructions, earlier: items.length - input.length })
  if (messages.length === 0) throw wrongField('input', 'is missing')
  const tools = chooseTools(
    readTools((fields.tools as unknown[] | null | undefined) ?? []),
    fields.tool_choice,
  )
  const wantsLogprobs = typeof topLogprobs === 'number' || includes(fields, 'message.output_text.logprobs')
  return {
    ...readFields(fields, FIELDS),
    messages,
    ...tools,
    ...('tools' in tools && typeof parallel === 'boolean' && { parallel_tool_calls: parallel }),
    ...(isRecord(fields.text) && textOptions(fields.text)),
    ...(isRecord(fields.reasoning) && readFields(fields.reasoning, REASONING, 'reasoning')),
    ...(wantsLogprobs && { logprobs: true }),
    ...(typeof topLogprobs === 'number' && { top_logprobs: topLogprobs }),
    ...(isStream && { stream: true, stream_options: { include_usage: true } }),
  }
}

function inputItems(input: unknown): Fields[] {
  if (input === undefined || input === null) return []
  if (typeof input === 'string') return [{ type: 'message', role: 'user', content: input }]
  return (input as unknown[]).map((item, index) => recordAt(item, `input[${index}]`))
}

function textOptions(given: Fields): Fields {
  const read = readFields(given, TEXT, 'text')
  if (!isRecord(given.format)) return read
  const { format } = given
  const type = textAt(format.type, 'text.format.type')
  const table = Object.hasOwn(FORMATS, type) ? FORMATS[type]! : undefined
  if (table === undefined)
    throw wrongField('text.format.type', `must be one of ${Object.keys(FORMATS).join(', ')}`)
  readFields(format, table, 'text.format')
  return { ...read, ...(type !== 'text' && { response_format: formatOf(type, format) }) }
}

function formatOf(type: string, { name, schema, strict, description }: Fields): Fields {
  if (type === 'json_object') return { type }
  if (!isRecord(schema)) throw wrongField('text.format.schema', 'is missing')
  return {
    type,
    json_schema: {
      name: textAt(name, 'text.format.name'),
      schema,
      ...(typeof strict === 'boolean' && { strict }),
      ...(typeof description === 'string' && { description }),
    },
  }
}

function checkInclude(include: unknown): void {
  if (include === undefined || include === null) return
  for (const [index, value] of (include as unknown[]).entries()) {
    if (!INCLUDABLE.some((known) => known === value)) {
      throw cannotTranslate(`include[${index}]`, `it takes ${INCLUDABLE.join(', ')}`)
    }
  }
}

function includes(fields: Fields, value: string): boolean {
  return Array.isArray(fields.include) && fields.include.includes(value)
}
