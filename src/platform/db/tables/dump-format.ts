import { AppError } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'
import type { SqlValue } from '../sql-values.ts'

/** The first line of a dump. */
export interface DumpHead {
  readonly hearth_tables: 1
  readonly migrations: readonly { readonly number: number; readonly name: string }[]
  readonly tables: readonly string[]
}

/** Before the rows of a table. */
export interface TableHead {
  readonly table: string
  readonly columns: readonly string[]
}

/** After them: how many they are, and the SHA-256 (hex) of their lines. */
export interface TableEnd {
  readonly end: string
  readonly rows: number
  readonly sha256: string
}

/** The last line: without it, a dump was cut off. */
export interface DumpEnd {
  readonly whole: true
}

/** A row as a line: an array of its values, bytes as `{"bytes": base64}`. */
export function rowLine(row: readonly SqlValue[]): string {
  return JSON.stringify(
    row.map((value) =>
      value instanceof Uint8Array ? { bytes: Buffer.from(value).toString('base64') } : value,
    ),
  )
}

/** @throws AppError `dump_damaged`. */
export function rowOf(line: string): SqlValue[] {
  const row = tryParseJson(line)
  if (!Array.isArray(row)) throw dumpDamaged('a row cannot be read')
  return row.map(valueOf)
}

/** A line that is an object. @throws AppError `dump_damaged`. */
export function objectOf(line: string | undefined, what: string): Record<string, unknown> {
  const value = line === undefined ? undefined : tryParseJson(line)
  if (!isRecord(value)) throw dumpDamaged(`${what} cannot be read`)
  return value
}

/** Lines of rows begin with a bracket, all others with a brace. */
export function isRowLine(line: string): boolean {
  return line.startsWith('[')
}

export function dumpDamaged(why: string): AppError {
  return new AppError(
    'conflict',
    'dump_damaged',
    `This copy of a database is damaged or not whole: ${why}. Nothing was kept of it; use another copy.`,
  )
}

function valueOf(value: unknown): SqlValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value
  if (isRecord(value) && typeof value.bytes === 'string') {
    return Uint8Array.from(Buffer.from(value.bytes, 'base64'))
  }
  throw dumpDamaged('a value cannot be read')
}
