import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import type { Database } from '../database.ts'
import { readMigrations } from '../migration-files.ts'
import { copyBefore, copyName, dropOldCopies, postgresCopies } from '../old-copies.ts'
import { writeDumpFile } from '../tables/dump-file.ts'
import { openPostgresSource } from '../tables/postgres-tables.ts'
import { connectAlone, Connections } from './connections.ts'
import { migratePostgres } from './migrate-postgres.ts'
import { PostgresDatabase } from './postgres-database.ts'
import { toPostgresError } from './postgres-errors.ts'
import { refuseUnfitServer } from './refuse-unfit-server.ts'
import { serverName } from './server-name.ts'

export interface PostgresOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. */
  readonly url: string
  /** The folder of `NNNN-name.sql` files. */
  readonly migrationsDir: string
  /** The last migration to apply, for a database that a copy with an older schema goes into. */
  readonly last?: number
  /** Where a copy of the tables is kept before their schema changes; none is where there is nothing to lose. */
  readonly copiesDir?: string
  readonly clock: Clock
  readonly log: Log
}

/**
 * Opens a PostgreSQL database and brings its schema up to date.
 *
 * @throws AppError `database_url_invalid`, `database_unreachable`, `database_login_refused`,
 * `database_missing`, `database_not_allowed`, `database_unfit`, `schema_newer`, `migration_edited`,
 * `migration_out_of_order`, `migration_failed`, `disk_full`, `database_busy`, `database_failed`.
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { url, clock, log } = options
  const server = serverName(url)
  try {
    await bringUpToDate(options)
  } catch (error) {
    throw toPostgresError(error, server)
  }
  return new PostgresDatabase({ connections: new Connections(url), server, clock, log })
}

async function bringUpToDate(options: PostgresOptions): Promise<void> {
  const { url, migrationsDir, last, copiesDir, clock, log } = options
  const migrations = readMigrations(migrationsDir, 'postgres', last)
  const client = await connectAlone(url)
  try {
    await refuseUnfitServer(client)
    await migratePostgres(client, {
      migrations,
      clock,
      log,
      ...(copiesDir !== undefined && {
        copyBefore: (number) => copyTables(url, copiesDir, number),
        findCopy: (number) => copyBefore(postgresCopies(copiesDir), number),
      }),
    })
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Keeps the tables as they are before migration `number`, and the two copies before that. */
async function copyTables(url: string, folder: string, number: number): Promise<string> {
  const names = postgresCopies(folder)
  const file = copyName(names, number)
  const source = await openPostgresSource(url)
  try {
    await writeDumpFile(source, file)
  } finally {
    await source.close()
  }
  dropOldCopies(names)
  return file
}
