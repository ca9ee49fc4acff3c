import { isRecord } from '#base/json'

/** What a host says is a stranger's word: every value is checked for what it is and how long. */
const LONGEST_ID = 256
const LONGEST_TEXT = 1_000
const LONGEST_LIST = 50
const MOST_FIELDS = 100

/** A text of one line, or undefined. */
export function toldText(value: unknown, longest = LONGEST_ID): string | undefined {
  const isText = typeof value === 'string' && value !== '' && value.length <= longest
  return isText && !hasControls(value) ? value : undefined
}

/** A positive integer or its digits, or undefined. */
export function toldCount(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined
}

/** The objects of a list, as many as are read; empty where it is no list. */
export function toldRecords(value: unknown, most: number): Record<string, unknown>[] {
  return Array.isArray(value) ? (value.slice(0, most) as unknown[]).filter(isRecord) : []
}

export function toldRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** The short texts of a list; empty where it is no list. */
export function toldTexts(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  return (value.slice(0, LONGEST_LIST) as unknown[]).flatMap((entry) => toldText(entry) ?? [])
}

/** Fields that are a text, number, flag or null, or a short list of such: nothing that could nest. */
export function plainFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const plain = Object.entries(fields).filter(
    ([name, value]) => name.length <= LONGEST_ID && name !== '__proto__' && isPlain(value),
  )
  return Object.fromEntries(plain.slice(0, MOST_FIELDS))
}

function isPlain(value: unknown): boolean {
  if (Array.isArray(value))
    return value.length <= LONGEST_LIST && value.every((entry) => !Array.isArray(entry) && isPlain(entry))
  return (
    value === null ||
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (typeof value === 'string' && value.length <= LONGEST_TEXT)
  )
}

function hasControls(text: string): boolean {
  return /[\u0000-\u001f\u007f]/.test(text)
}
