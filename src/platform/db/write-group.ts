import type { DatabaseSync } from 'node:sqlite'
import type { SqlRow } from './sql-values.ts'
import { toFailure } from './sqlite-failure.ts'
import type { StatementCache } from './statement-cache.ts'
import type { CompiledBatch, CompiledStatement, Outcome, StatementResult } from './write-protocol.ts'

/**
 * Executes batches in one transaction, so that they share one fsync. Each stands in a savepoint of its
 * own: a batch that fails is undone alone. Never throws; a commit that fails is every batch's failure.
 */
export function writeGroup(
  database: DatabaseSync,
  statements: StatementCache,
  batches: readonly CompiledBatch[],
): Outcome[] {
  try {
    statements.get('BEGIN IMMEDIATE').run()
    const outcomes = batches.map((batch) => writeBatch(database, statements, batch))
    statements.get('COMMIT').run()
    return outcomes
  } catch (error) {
    if (database.isTransaction) statements.get('ROLLBACK').run()
    const failed = toFailure(error)
    return batches.map(() => ({ failed }))
  }
}

function writeBatch(database: DatabaseSync, statements: StatementCache, batch: CompiledBatch): Outcome {
  const done: StatementResult[] = []
  statements.get('SAVEPOINT batch').run()
  for (const [entry, statement] of batch.entries()) {
    try {
      const result = execute(statements, statement)
      const expected = statement.expectChanges ?? result.changes
      if (result.changes !== expected) {
        undoBatch(statements)
        return { refused: { entry, expected, changed: result.changes } }
      }
      done.push(result)
    } catch (error) {
      // On a full disk or a failed write, SQLite itself undoes the whole transaction: nothing is left to go on with.
      if (!database.isTransaction) throw error
      undoBatch(statements)
      return { failed: toFailure(error), entry }
    }
  }
  statements.get('RELEASE batch').run()
  return { done }
}

function undoBatch(statements: StatementCache): void {
  statements.get('ROLLBACK TO batch').run()
  statements.get('RELEASE batch').run()
}

function execute(statements: StatementCache, { sql, parameters }: CompiledStatement): StatementResult {
  const statement = statements.get(sql)
  if (statement.columns().length > 0) {
    const rows = statement.all(...parameters) as SqlRow[]
    return { rows, changes: rows.length }
  }
  return { rows: [], changes: Number(statement.run(...parameters).changes) }
}
