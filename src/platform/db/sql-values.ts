import { AppError } from '#base/errors'

/** What a database stores: integers and times are JavaScript numbers, booleans are 0 and 1. */
export type SqlValue = null | number | string | Uint8Array

export type SqlRow = Record<string, SqlValue>

/**
 * A parameter of a statement as a database takes it. What has no faithful form (undefined, NaN, dates,
 * objects) is a mistake of the store and throws a TypeError, before something else could be stored.
 *
 * @throws AppError `text_has_nul` (invalid_input): PostgreSQL has no form for it, so no dialect takes it.
 */
export function toSqlValue(value: unknown): SqlValue {
  if (value === null) return value
  if (typeof value === 'string') return textWithoutNul(value)
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value instanceof Uint8Array) return ownBytes(value)
  throw new TypeError(`A statement parameter is ${typeof value}, which the database cannot store faithfully.`)
}

function textWithoutNul(text: string): string {
  if (!text.includes('\0')) return text
  throw new AppError(
    'invalid_input',
    'text_has_nul',
    'Text that holds the character NUL (U+0000) cannot be kept. Take it out and try again.',
  )
}

/** A Buffer may be a window on a shared pool, and posting it to the writer would copy the whole pool. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes)
}
