import { isRecord } from '#base/json'
import { joinLeadingSystem } from '../chat/chat-message.ts'
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
  lookUp,
  number,
  object,
  oneOf,
  only,
  readFields,
  refused,
  text,
  textOrList,
  type FieldTable,
} from '../read-fields.ts'
import { readMessages, readSystem } from './content-blocks.ts'
import { EFFORTS } from './tables.ts'
import { readToolChoice, readTools } from './tools.ts'

const FIELDS: FieldTable = {
  model: as('model', text),
  max_tokens: as('max_tokens', integer),
  temperature: as('temperature', number),
  top_p: as('top_p', number),
  // Not OpenAI's, but local hosts know it.
  top_k: as('top_k', integer),
  stop_sequences: as('stop', list),
  messages: list,
  system: textOrList,
  stream: boolean,
  tools: list,
  tool_choice: object,
  thinking: object,
  output_config: object,
  metadata: hint,
  service_tier: hint,
  cache_control: hint,
  inference_geo: refused('Hearth does not choose where a host stands'),
  speed: only(['standard'], 'hosts have one speed'),
  container: refused('Hearth has no containers'),
  mcp_servers: {
    refusal: (value) => (isEmptyList(value) ? undefined : 'Hearth calls no MCP servers for a model'),
  },
  context_management: {
    refusal: (value) => (keepsEverything(value) ? undefined : 'Hearth does not edit conversations'),
  },
  diagnostics: refused('Hearth keeps no diagnostics of earlier messages'),
  user_profile_id: refused('Hearth has no user profiles'),
  workspace_id: refused('Hearth has no workspaces'),
  ...EXTRA_SAMPLING,
}
/** The budget is a wish: how long a model thinks, the host decides; `max_tokens` bounds it. */
const THINKING: FieldTable = {
  type: oneOf('enabled', 'adaptive', 'between_tools', 'disabled'),
  budget_tokens: integer,
  display: oneOf('summarized', 'omitted'),
}
const OUTPUT_CONFIG: FieldTable = { effort: oneOf(...Object.keys(EFFORTS)), format: object }

export interface MessagesRequest {
  readonly chat: Fields
  readonly model: string
  readonly isStream: boolean
  readonly showsThinking: boolean
  readonly stopSequences: readonly string[]
}

/** @throws AppError `request_invalid`, `unknown_parameter`, `unsupported_parameter` naming the field. */
export function readMessagesRequest(body: unknown): MessagesRequest {
  if (!isRecord(body)) throw wrongField('the body', 'must be a JSON object')
  checkDepth(body)
  const chat = readFields(body, FIELDS)
  const { model, messages, stream, thinking } = body
  if (typeof model !== 'string' || model === '') {
    throw wrongField('model', 'must name a model, as GET /v1/models lists them')
  }
  if (!Array.isArray(messages) || messages.length === 0)
    throw wrongField('messages', 'must hold at least one message')
  if (!isCount(body.max_tokens)) throw wrongField('max_tokens', 'must be an integer above 0')
  const stopSequences = readStops(body.stop_sequences)
  const conversation = joinLeadingSystem([...readSystem(body.system), ...readMessages(messages)])
  if (conversation.at(-1)?.role === 'assistant') {
    throw cannotTranslate(
      `messages[${messages.length - 1}]`,
      'an answer cannot be begun for the model; the last message must be the user’s',
    )
  }
  const tools = Array.isArray(body.tools) && body.tools.length > 0 ? readTools(body.tools) : undefined
  const choice = readToolChoice(body.tool_choice)
  if (tools === undefined && isDemanding(choice))
    throw wrongField('tool_choice', 'needs tools to choose from')
  return {
    model,
    isStream: stream === true,
    showsThinking: showsThinking(thinking),
    stopSequences,
    chat: {
      ...chat,
      messages: conversation,
      ...(tools !== undefined && { tools, ...choice }),
      ...readOutputConfig(body.output_config),
      ...(stream === true && { stream: true, stream_options: { include_usage: true } }),
    },
  }
}

function isDemanding({ tool_choice: choice }: Fields): boolean {
  return choice === 'required' || isRecord(choice)
}

function readStops(stops: unknown): string[] {
  if (stops === undefined || stops === null) return []
  const all = stops as unknown[]
  if (!all.every((stop) => typeof stop === 'string')) throw wrongField('stop_sequences', 'must hold strings')
  return all
}

function showsThinking(thinking: unknown): boolean {
  if (!isRecord(thinking)) return false
  readFields(thinking, THINKING, 'thinking')
  return thinking.type !== 'disabled' && thinking.display !== 'omitted'
}

function readOutputConfig(config: unknown): Fields {
  if (!isRecord(config)) return {}
  readFields(config, OUTPUT_CONFIG, 'output_config')
  const effort = lookUp(EFFORTS, config.effort)
  const { format } = config
  return {
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(isRecord(format) && { response_format: readFormat(format) }),
  }
}

function readFormat(format: Fields): Fields {
  readFields(format, { type: oneOf('json_schema'), schema: object }, 'output_config.format')
  if (!isRecord(format.schema)) throw wrongField('output_config.format.schema', 'is missing')
  return { type: 'json_schema', json_schema: { name: 'answer', schema: format.schema, strict: true } }
}

/** Edits that take nothing away: all thoughts are kept. */
function keepsEverything(management: unknown): boolean {
  const edits = isRecord(management) ? (management.edits ?? []) : undefined
  if (!Array.isArray(edits)) return false
  return edits.every(
    (edit) => isRecord(edit) && /^clear_thinking_/.test(String(edit.type)) && edit.keep === 'all',
  )
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0
}
