import { sql } from 'kysely'
import type { Database } from './database.ts'
import { dumpPostgresSchema } from './postgres/dump-postgres-schema.ts'

interface SchemaRow {
  readonly type: string
  readonly sql: string
}

/**
 * The resulting schema as SQL: every table with its indexes under it, tables by name, so that a diff of
 * two dumps shows what a migration did.
 */
export function dumpSchema(database: Database): Promise<string> {
  return database.dialect === 'sqlite' ? dumpSqliteSchema(database) : dumpPostgresSchema(database)
}

async function dumpSqliteSchema(database: Database): Promise<string> {
  const rows = await database.read(
    sql<SchemaRow>`
      SELECT type, sql FROM sqlite_schema
      WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
      ORDER BY tbl_name, type <> 'table', name
    `.compile(database.tables()),
  )
  return rows
    .map((row) => `${row.type === 'table' ? '\n' : ''}${row.sql};\n`)
    .join('')
    .trimStart()
}
