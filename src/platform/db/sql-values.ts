/** What SQLite stores: integers and times are JavaScript numbers, booleans are 0 and 1. */
export type SqlValue = null | number | string | Uint8Array

export type SqlRow = Record<string, SqlValue>

/**
 * A parameter of a statement as SQLite takes it. What has no faithful form (undefined, NaN, dates,
 * objects) is a mistake of the store and throws a TypeError, before SQLite could store something else.
 */
export function toSqlValue(value: unknown): SqlValue {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value instanceof Uint8Array) return ownBytes(value)
  throw new TypeError(`A statement parameter is ${typeof value}, which the database cannot store faithfully.`)
}

/** A Buffer may be a window on a shared pool, and posting it to the writer would copy the whole pool. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes)
}
