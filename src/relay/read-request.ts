import { AppError } from '#base/errors'
import { isRecord } from '#base/json'
import { needsOf, type Needs } from '#hosts/index'
import { parseJsonBody } from '#platform/http/index'
import type { HouseRules } from './house-rules.ts'
import { findMember, replaceRange } from './json-members.ts'

/** The OpenAI calls that are passed to a host. */
export const ENDPOINTS = ['/v1/chat/completions', '/v1/completions', '/v1/embeddings'] as const
export type Endpoint = (typeof ENDPOINTS)[number]

export interface RelayRequest {
  readonly endpoint: Endpoint
  /** Its real name, where the caller used an alias. */
  readonly model: string
  readonly isStream: boolean
  /**
   * What goes to the host: the caller's bytes, with `include_usage` added to a stream, the house's sampling where
   * the caller named none, and the real name of the model.
   */
  readonly body: Buffer
  /** Several answers were asked for at once (`n`). */
  readonly manyChoices: boolean
  /** The caller did not ask for the usage chunk, so it must not see it. */
  readonly stripUsage: boolean
  /** What its host must be able to do. */
  readonly needs: Needs
}

type Check = (value: unknown) => boolean
interface FieldRule {
  readonly allows: Check
  readonly expected: string
}

const number: FieldRule = { allows: (value) => typeof value === 'number', expected: 'a number' }
const integer: FieldRule = { allows: (value) => Number.isInteger(value), expected: 'an integer' }
const boolean: FieldRule = { allows: (value) => typeof value === 'boolean', expected: 'true or false' }
const object: FieldRule = { allows: isRecord, expected: 'an object' }
const list: FieldRule = { allows: Array.isArray, expected: 'an array' }
const textOrList: FieldRule = {
  allows: (value) => typeof value === 'string' || Array.isArray(value),
  expected: 'a string or an array',
}

const SAMPLING: Record<string, FieldRule> = {
  stream: boolean,
  stream_options: object,
  temperature: number,
  top_p: number,
  max_tokens: integer,
  max_completion_tokens: integer,
  n: integer,
  seed: integer,
  stop: textOrList,
  presence_penalty: number,
  frequency_penalty: number,
}

/**
 * The fields whose type Hearth checks, because a wrong one would come back from some host as a 500 or be
 * ignored. Fields that are not here go on to the host untouched; null means "not given", as OpenAI has it.
 */
const FIELDS: Record<Endpoint, ReadonlyMap<string, FieldRule>> = {
  '/v1/chat/completions': rules({ ...SAMPLING, messages: list, tools: list, response_format: object }),
  '/v1/completions': rules({ ...SAMPLING, prompt: textOrList, echo: boolean }),
  '/v1/embeddings': rules({
    input: textOrList,
    dimensions: integer,
    encoding_format: { allows: (value) => typeof value === 'string', expected: 'a string' },
  }),
}

function rules(fields: Record<string, FieldRule>): ReadonlyMap<string, FieldRule> {
  return new Map(Object.entries(fields))
}

const REQUIRED: Record<Endpoint, string> = {
  '/v1/chat/completions': 'messages',
  '/v1/completions': 'prompt',
  '/v1/embeddings': 'input',
}

/**
 * Reads a request as far as the relay must know it.
 *
 * @throws AppError `json_invalid` or `request_invalid` (400) with `param` naming the field.
 */
export function readRelayRequest(endpoint: Endpoint, body: Buffer, rules: HouseRules): RelayRequest {
  const fields = parseJsonBody(body)
  if (!isRecord(fields))
    throw new AppError('invalid_input', 'request_invalid', 'The body must be a JSON object.')
  if (typeof fields.model !== 'string' || fields.model === '') {
    throw wrongField('model', 'must name a model, as GET /v1/models lists them')
  }
  const required = REQUIRED[endpoint]
  if (fields[required] === undefined || fields[required] === null) throw wrongField(required, 'is missing')
  const known = FIELDS[endpoint]
  for (const name in fields) {
    const rule = known.get(name)
    const value = fields[name]
    if (rule !== undefined && value !== null && !rule.allows(value))
      throw wrongField(name, `must be ${rule.expected}`)
  }
  if (endpoint === '/v1/chat/completions') checkMessages(fields.messages as unknown[])
  const isStream = fields.stream === true && endpoint !== '/v1/embeddings'
  const asksUsage = isRecord(fields.stream_options) && fields.stream_options.include_usage === true
  const addsUsage = isStream && !asksUsage
  let toHost = body
  let members = endpoint === '/v1/embeddings' ? '' : sampling(fields, rules)
  if (addsUsage && fields.stream_options === undefined) members += USAGE_OPTION
  else if (addsUsage) toHost = withUsageAsked(body, fields.stream_options)
  if (members !== '') toHost = withMembers(toHost, members)
  const model = rules.aliases.get(fields.model) ?? fields.model
  if (model !== fields.model) {
    const named = findMember(toHost, { start: 0, end: toHost.length }, 'model')!
    toHost = replaceRange(toHost, named, JSON.stringify(model))
  }
  const manyChoices = typeof fields.n === 'number' && fields.n > 1
  return {
    endpoint,
    model,
    isStream,
    body: toHost,
    manyChoices,
    stripUsage: addsUsage,
    needs: needsOf(endpoint, fields),
  }
}

/** Defaults apply only where the request leaves a value out; null leaves it to the host. */
function sampling(fields: Record<string, unknown>, { temperature, topP }: HouseRules): string {
  let members = ''
  if (temperature !== null && fields.temperature === undefined) members = `"temperature":${temperature},`
  if (topP !== null && fields.top_p === undefined) members += `"top_p":${topP},`
  return members
}

/** A request always has further members after these (its model at least), so a comma at their end is right. */
function withMembers(body: Buffer, members: string): Buffer {
  const open = body.indexOf(OPEN_BRACE) + 1
  return Buffer.concat([body.subarray(0, open), Buffer.from(members), body.subarray(open)])
}

function checkMessages(messages: readonly unknown[]): void {
  if (messages.length === 0) throw wrongField('messages', 'must hold at least one message')
  for (const [index, message] of messages.entries()) {
    const path = `messages[${String(index)}]`
    if (!isRecord(message)) throw wrongField(path, 'must be an object')
    if (typeof message.role !== 'string') throw wrongField(`${path}.role`, 'must be a string such as "user"')
    const { content } = message
    if (content !== undefined && content !== null && typeof content !== 'string' && !Array.isArray(content)) {
      throw wrongField(`${path}.content`, 'must be a string or an array of parts')
    }
  }
}

/**
 * Asks the host for token counts by changing that one member: the caller's other bytes stay as they are
 * (large integers, the order of keys).
 */
function withUsageAsked(body: Buffer, options: unknown): Buffer {
  const given = findMember(body, { start: 0, end: body.length }, 'stream_options')!
  if (!isRecord(options)) return replaceRange(body, given, '{"include_usage":true}')
  const asked = findMember(body, given, 'include_usage')
  if (asked !== undefined) return replaceRange(body, asked, 'true')
  const inside = { start: given.start + 1, end: given.start + 1 }
  return replaceRange(
    body,
    inside,
    Object.keys(options).length === 0 ? '"include_usage":true' : '"include_usage":true,',
  )
}

const OPEN_BRACE = 0x7b
const USAGE_OPTION = '"stream_options":{"include_usage":true},'

function wrongField(param: string, what: string): AppError {
  return new AppError('invalid_input', 'request_invalid', `${param}: ${what}.`, { param })
}
