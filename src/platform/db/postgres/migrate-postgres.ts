import type { ClientBase } from 'pg'
import { AppError } from '#base/errors'
import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import { CREATE_HISTORY } from '../migrate.ts'
import { fourDigits, type Migration } from '../migration-files.ts'
import { pendingMigrations, type AppliedMigration, type FindCopy } from '../pending-migrations.ts'
import { compareTextByBytes } from './compare-text-by-bytes.ts'
import { causeOf, saysAway } from './postgres-errors.ts'

/** The same number in every Hearth: whoever holds it changes the schema. */
const LOCK = 0x68656172
const WAIT_FOR_LOCK_MS = 60_000

export interface MigratePostgresOptions {
  readonly migrations: readonly Migration[]
  readonly clock: Clock
  readonly log: Log
  /** Keeps a copy of a schema that is about to change, as it is before migration `number`; the path of it. */
  readonly copyBefore?: (number: number) => Promise<string>
  /** The path of such a copy, where one was kept. */
  readonly findCopy?: FindCopy
}

/**
 * Brings the schema up to date, each migration in a transaction of its own, after a copy of a database
 * that an older Hearth has used. Of several nodes that start at once, one does it while the others wait.
 *
 * @throws AppError as `pendingMigrations`, and `migration_failed` (internal); the database is then as the
 * last migration that succeeded left it.
 */
export async function migratePostgres(client: ClientBase, options: MigratePostgresOptions): Promise<void> {
  await client.query(`SET lock_timeout = ${WAIT_FOR_LOCK_MS}`)
  await client.query('SELECT pg_advisory_lock($1)', [LOCK])
  try {
    await client.query('SET lock_timeout = 0')
    await migrateLocked(client, options)
  } finally {
    // Where the connection broke, the server has let go of the lock already.
    await client.query('SELECT pg_advisory_unlock($1)', [LOCK]).catch(() => undefined)
  }
}

async function migrateLocked(
  client: ClientBase,
  { migrations, clock, log, copyBefore, findCopy }: MigratePostgresOptions,
): Promise<void> {
  const applied = await appliedMigrations(client)
  const pending = pendingMigrations(migrations, applied ?? [], findCopy)
  const first = pending[0]
  if (first !== undefined && copyBefore !== undefined && (applied?.length ?? 0) > 0) {
    const copy = await copyBefore(first.number)
    log.info({ copy, pending: pending.length }, 'Copied the database before changing its schema.')
  }
  if (applied === undefined) await client.query(CREATE_HISTORY)
  for (const migration of pending) await apply(client, migration, clock.now())
}

async function apply(client: ClientBase, migration: Migration, now: number): Promise<void> {
  const { number, name, sql, sha256 } = migration
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED')
  try {
    await client.query(sql)
    await compareTextByBytes(client)
    await client.query(
      'INSERT INTO schema_migrations (number, name, sha256, applied_at) VALUES ($1, $2, $3, $4)',
      [number, name, sha256, now],
    )
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    // Not the migration's fault, and tried again by the next start.
    if (saysAway(error)) throw error
    const cause = causeOf(error)
    throw new AppError(
      'internal',
      'migration_failed',
      `Migration ${fourDigits(number)}-${name} failed and changed nothing (${cause.message}). Go back to the version of Hearth that ran before and report this.`,
      { cause, details: { number, name } },
    )
  }
}

/** What was applied, or undefined where Hearth has never used the database. */
export async function appliedMigrations(client: ClientBase): Promise<AppliedMigration[] | undefined> {
  const { rows: found } = await client.query<{ history: string | null }>(
    "SELECT to_regclass(quote_ident(current_schema()) || '.schema_migrations') AS history",
  )
  if ((found[0]?.history ?? null) === null) return undefined
  const { rows } = await client.query<AppliedMigration>(
    'SELECT number, name, sha256 FROM schema_migrations ORDER BY number',
  )
  return rows
}
