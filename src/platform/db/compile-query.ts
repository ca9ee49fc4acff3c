import type { Query, WriteStatement } from './database.ts'
import { toSqlValue, type SqlValue } from './sql-values.ts'
import type { CompiledStatement } from './write-protocol.ts'

/** A statement as text and parameters. @throws as `toSqlValue`. */
export function compiled(query: Query): { sql: string; parameters: SqlValue[] } {
  const { sql, parameters } = 'compile' in query ? query.compile() : query
  return { sql, parameters: parameters.map(toSqlValue) }
}

/** One entry of a batch, with its guard where it has one. */
export function compiledEntry(entry: WriteStatement): CompiledStatement {
  if ('statement' in entry) return { ...compiled(entry.statement), expectChanges: entry.expectChanges }
  return compiled(entry)
}
