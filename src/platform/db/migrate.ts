import type { DatabaseSync } from 'node:sqlite'
import { AppError, describe } from '#base/errors'
import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import { copyBeforeMigration } from './copy-before-migration.ts'
import { saysFull } from './database-errors.ts'
import { fourDigits, type Migration } from './migration-files.ts'
import { copyBefore, sqliteCopies } from './old-copies.ts'
import { pendingMigrations, type AppliedMigration } from './pending-migrations.ts'

export interface MigrateOptions {
  readonly file: string
  readonly migrations: readonly Migration[]
  readonly clock: Clock
  readonly log: Log
}

/** The table of what was applied, in SQL of both dialects. */
export const CREATE_HISTORY = `CREATE TABLE schema_migrations (
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)`

/**
 * Brings the schema up to date, each migration in a transaction of its own, after a copy of a database
 * that already holds something.
 *
 * @throws AppError as `pendingMigrations`, and `migration_failed` (internal); the database is then as the
 * last migration that succeeded left it.
 */
export function migrate(database: DatabaseSync, { file, migrations, clock, log }: MigrateOptions): void {
  const history = hasHistory(database)
  const applied = history ? appliedMigrations(database) : []
  const pending = pendingMigrations(migrations, applied, (number) => copyBefore(sqliteCopies(file), number))
  const first = pending[0]
  if (first !== undefined && !isEmpty(database)) {
    const copy = copyBeforeMigration(database, file, first.number)
    log.info({ copy, pending: pending.length }, 'Copied the database before changing its schema.')
  }
  if (!history) database.exec(CREATE_HISTORY)
  if (first === undefined) return
  // A migration may rebuild a table that others refer to; the references are checked once it is done.
  database.exec('PRAGMA foreign_keys = OFF')
  for (const migration of pending) apply(database, migration, clock.now())
  database.exec('PRAGMA foreign_keys = ON')
}

function apply(database: DatabaseSync, { number, name, sql, sha256 }: Migration, now: number): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(sql)
    const broken = database.prepare('PRAGMA foreign_key_check').get()
    if (broken !== undefined)
      throw new Error(`rows of ${String(broken['table'])} refer to rows that are gone`)
    database
      .prepare('INSERT INTO schema_migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)')
      .run(number, name, sha256, now)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    // Not the migration's fault, and tried again by the next start.
    if (saysFull(error)) throw error
    throw new AppError(
      'internal',
      'migration_failed',
      `Migration ${fourDigits(number)}-${name} failed and changed nothing (${describe(error)}). Go back to the version of Hearth that ran before and report this.`,
      { cause: error, details: { number, name } },
    )
  }
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
}

function hasHistory(database: DatabaseSync): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'").get() !== undefined
}

/** The history of a database that has one. */
export function appliedMigrations(database: DatabaseSync): AppliedMigration[] {
  const rows = database.prepare('SELECT number, name, sha256 FROM schema_migrations ORDER BY number').all()
  return rows.map((row) => ({
    number: Number(row['number']),
    name: String(row['name']),
    sha256: String(row['sha256']),
  }))
}
