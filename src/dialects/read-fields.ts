import { isRecord } from '#base/json'
import type { Fields } from './dialect.ts'
import { cannotTranslate, unknownField, wrongField } from './errors.ts'

/** What becomes of one field. Null means "not given" everywhere, as OpenAI and Anthropic have it. */
export interface FieldRule {
  readonly allows?: (value: unknown) => boolean
  readonly expected?: string
  /** Its name in the chat request, where its value is the same there. */
  readonly to?: string
  /** Why a value cannot be honoured, or undefined where it can. */
  readonly refusal?: (value: unknown) => string | undefined
}

export type FieldTable = Readonly<Record<string, FieldRule>>

export const number: FieldRule = { allows: (value) => typeof value === 'number', expected: 'a number' }
export const integer: FieldRule = { allows: (value) => Number.isSafeInteger(value), expected: 'an integer' }
export const boolean: FieldRule = { allows: (value) => typeof value === 'boolean', expected: 'true or false' }
export const text: FieldRule = { allows: (value) => typeof value === 'string', expected: 'a string' }
export const object: FieldRule = { allows: isRecord, expected: 'an object' }
export const list: FieldRule = { allows: Array.isArray, expected: 'an array' }
export const textOrList: FieldRule = {
  allows: (value) => typeof value === 'string' || Array.isArray(value),
  expected: 'a string or an array',
}
/** Accepted, and nothing follows from it: a hint about caching or billing, or something only echoed. */
export const hint: FieldRule = {}

/** Goes to the host under this name. */
export const as = (to: string, rule: FieldRule): FieldRule => ({ ...rule, to })

export const oneOf = (...values: readonly string[]): FieldRule => ({
  allows: (value) => typeof value === 'string' && values.includes(value),
  expected: `one of ${values.join(', ')}`,
})

/** Refused whatever it says. */
export const refused = (why: string): FieldRule => ({ refusal: () => why })

/** Refused unless it asks for what happens anyway. */
export const only = (values: readonly unknown[], why: string): FieldRule => ({
  refusal: (value) => (values.includes(value) ? undefined : why),
})

/** Sampling settings that neither dialect names and hosts know: they go on as they are. */
export const EXTRA_SAMPLING: FieldTable = {
  seed: as('seed', integer),
  min_p: as('min_p', number),
  presence_penalty: as('presence_penalty', number),
  frequency_penalty: as('frequency_penalty', number),
  repeat_penalty: as('repeat_penalty', number),
  repetition_penalty: as('repetition_penalty', number),
  logit_bias: as('logit_bias', object),
  chat_template_kwargs: as('chat_template_kwargs', object),
}

/**
 * Reads an object by its table.
 *
 * @param path where the object stands: `` for the request itself, `tools[0]` for a part of it
 * @returns the fields that go to the host under the name of the table
 * @throws AppError `request_invalid`, `unknown_parameter`, `unsupported_parameter` naming the field
 */
export function readFields(given: Fields, table: FieldTable, path = ''): Fields {
  const read: Fields = {}
  for (const [name, value] of Object.entries(given)) {
    const param = path === '' ? name : `${path}.${name}`
    const rule = Object.hasOwn(table, name) ? table[name] : undefined
    if (rule === undefined) throw unknownField(param)
    if (value === null || value === undefined) continue
    const why = rule.refusal?.(value)
    if (why !== undefined) throw cannotTranslate(param, why)
    if (rule.allows?.(value) === false)
      throw wrongField(param, `must be ${rule.expected ?? 'something else'}`)
    if (rule.to !== undefined) read[rule.to] = value
  }
  return read
}

/** @throws AppError `request_invalid` where it is no object. */
export function recordAt(value: unknown, path: string): Fields {
  if (!isRecord(value)) throw wrongField(path, 'must be an object')
  return value
}

/** @throws AppError `request_invalid` where it is missing or no text. */
export function textAt(value: unknown, path: string): string {
  if (typeof value !== 'string') throw wrongField(path, 'must be a string')
  return value
}

/** The value on the other side of a table, or undefined. */
export function lookUp<Value>(table: Readonly<Record<string, Value>>, key: unknown): Value | undefined {
  return typeof key === 'string' && Object.hasOwn(table, key) ? table[key] : undefined
}
