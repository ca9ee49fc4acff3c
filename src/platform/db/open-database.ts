import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import type { Database } from './database.ts'
import { openSqlite } from './open-sqlite.ts'
import type { DatabasePlace } from './tables/open-tables.ts'

export interface OpenOptions {
  /** The folder of `NNNN-name.sql` files. */
  readonly migrationsDir: string
  /** Where PostgreSQL's tables are copied to before their schema changes; SQLite's copies lie beside the file. */
  readonly copiesDir: string
  readonly clock: Clock
  readonly log: Log
}

/**
 * Opens the database at a place and brings its schema up to date.
 *
 * @throws AppError as `openSqlite` or `openPostgres`.
 */
export async function openDatabase(place: DatabasePlace, options: OpenOptions): Promise<Database> {
  const { migrationsDir, copiesDir, clock, log } = options
  if ('file' in place) return openSqlite({ file: place.file, migrationsDir, clock, log })
  // Its driver is loaded by those who use it.
  const { openPostgres } = await import('./postgres/open-postgres.ts')
  return openPostgres({ url: place.url, migrationsDir, copiesDir, clock, log })
}
