import type { AppliedMigration } from '../pending-migrations.ts'
import type { SqlValue } from '../sql-values.ts'

/** A table as a copy of it needs to know it. */
export interface TableShape {
  readonly name: string
  /** By name, so that both dialects give the same order. */
  readonly columns: readonly string[]
  /** What its rows are sorted by: the primary key, or all columns where there is none. */
  readonly key: readonly string[]
}

/** How many rows travel together. */
export const ROWS_AT_ONCE = 500

/** All tables of a database as they were at one moment, whatever is written meanwhile. Close it. */
export interface TableSource {
  readonly migrations: readonly AppliedMigration[]
  /** By name, without the history of migrations. */
  readonly tables: readonly TableShape[]
  /** The rows of a table by its key, values in the order of its columns, some hundred at once. */
  rows(table: TableShape): AsyncIterable<SqlValue[][]>
  close(): Promise<void>
}

/** A database to be filled, its own rows gone. Nothing is kept before `commit`. Close it. */
export interface TableTarget {
  readonly tables: readonly TableShape[]
  insert(table: TableShape, rows: readonly (readonly SqlValue[])[]): Promise<void>
  /** Keeps everything, once every reference leads to a row. */
  commit(): Promise<void>
  close(): Promise<void>
}

/** The table in which migrations are noted; a copy has its own. */
export const HISTORY = 'schema_migrations'

/** A name as both dialects quote it. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** `SELECT` of all rows of a table by its key; nothing comes before something, on both dialects. */
export function selectRows({ name, columns, key }: TableShape): string {
  const order = key.map((column) => `${quoted(column)} NULLS FIRST`)
  return `SELECT ${columns.map(quoted).join(', ')} FROM ${quoted(name)} ORDER BY ${order.join(', ')}`
}

/** Makes a shape from what a catalogue says about a table: its columns, and those of its primary key in order. */
export function tableShape(name: string, columns: readonly string[], key: readonly string[]): TableShape {
  const sorted = columns.toSorted((a, b) => (a < b ? -1 : 1))
  return { name, columns: sorted, key: key.length > 0 ? key : sorted }
}
