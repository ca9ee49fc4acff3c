import type { SqlRow, SqlValue } from './sql-values.ts'
import type { SqliteFailure } from './sqlite-failure.ts'

// What the main thread and the writer thread post to each other. Replies come in the order of the
// batches, so nothing needs an id.

export interface CompiledStatement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  readonly expectChanges?: number
}

export type CompiledBatch = readonly CompiledStatement[]

export interface StatementResult {
  readonly rows: SqlRow[]
  readonly changes: number
}

/** What became of one batch. */
export type Outcome =
  | { readonly done: StatementResult[] }
  | { readonly refused: { readonly entry: number; readonly expected: number; readonly changed: number } }
  | { readonly failed: SqliteFailure; readonly entry?: number }

export type ToWriter = readonly CompiledBatch[] | 'close'

export interface FromWriter {
  /** One for each batch of the transaction, oldest first. */
  readonly outcomes: Outcome[]
  /** How long the transaction took, its fsync included. */
  readonly commitMs: number
}
