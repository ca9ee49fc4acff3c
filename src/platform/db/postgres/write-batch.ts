import type { PoolClient } from 'pg'
import type { SqlRow } from '../sql-values.ts'
import type { CompiledBatch, CompiledStatement, StatementResult } from '../write-protocol.ts'

/** What became of a batch. Whatever is not `done` or `unknown` has provably changed nothing. */
export type BatchOutcome =
  | { readonly done: StatementResult[] }
  | { readonly refused: { readonly entry: number; readonly expected: number; readonly changed: number } }
  | { readonly failed: unknown; readonly entry?: number }
  /** The commit was sent and its answer never came. */
  | { readonly unknown: unknown }

/**
 * Executes a batch in a transaction of its own. Never throws. The isolation is named, because the owner of
 * a database can choose another default.
 */
export async function writeBatch(
  client: PoolClient,
  batch: CompiledBatch,
  isLost: (thrown: unknown) => boolean,
): Promise<BatchOutcome> {
  const done: StatementResult[] = []
  let entry: number | undefined
  try {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
    for (const [index, statement] of batch.entries()) {
      entry = index
      const result = await execute(client, statement)
      const expected = statement.expectChanges ?? result.changes
      if (result.changes !== expected) {
        await undo(client)
        return { refused: { entry, expected, changed: result.changes } }
      }
      done.push(result)
    }
  } catch (failed) {
    await undo(client)
    return { failed, ...(entry === undefined ? {} : { entry }) }
  }
  try {
    await client.query('COMMIT')
    return { done }
  } catch (error) {
    return isLost(error) ? { unknown: error } : { failed: error }
  }
}

/** A connection on which this fails is closed by who lent it, and the server undoes the transaction then. */
async function undo(client: PoolClient): Promise<void> {
  try {
    await client.query('ROLLBACK')
  } catch {
    return
  }
}

async function execute(client: PoolClient, { sql, parameters }: CompiledStatement): Promise<StatementResult> {
  const { rows, fields, rowCount } = await client.query<SqlRow>(sql, [...parameters])
  return { rows, changes: fields.length > 0 ? rows.length : (rowCount ?? 0) }
}
