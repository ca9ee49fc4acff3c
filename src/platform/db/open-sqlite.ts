import { accessSync, closeSync, constants, existsSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import { refuseDamagedFile } from './check-file.ts'
import { connect } from './connection.ts'
import type { Database } from './database.ts'
import { toDatabaseError } from './database-errors.ts'
import { migrate } from './migrate.ts'
import { readMigrations } from './migration-files.ts'
import { SqliteDatabase } from './sqlite-database.ts'
import { Writer } from './writer.ts'

export interface SqliteOptions {
  /** Made with mode 0600 where it is missing; its folder must exist. */
  readonly file: string
  /** The folder of `NNNN-name.sql` files. */
  readonly migrationsDir: string
  /** The last migration to apply, for a database that a copy with an older schema goes into. */
  readonly last?: number
  readonly clock: Clock
  readonly log: Log
}

/**
 * Opens the database of this node and brings its schema up to date.
 *
 * Checking and migrating happen on the calling thread, because nothing is served yet and both take
 * milliseconds when there is nothing to do; the writer thread is started last and never waited for.
 *
 * @throws AppError `data_folder_unusable`, `database_damaged`, `schema_newer`, `migration_edited`,
 * `migration_out_of_order`, `migration_failed`, `disk_full`, `database_busy`, `database_failed`.
 */
// Opening PostgreSQL waits for the network: the promise is the seam.
// eslint-disable-next-line @typescript-eslint/require-await
export async function openSqlite({
  file,
  migrationsDir,
  last,
  clock,
  log,
}: SqliteOptions): Promise<Database> {
  const migrations = readMigrations(migrationsDir, 'sqlite', last)
  try {
    prepareFile(file)
    refuseDamagedFile(file)
    const reader = connect(file)
    try {
      migrate(reader, { file, migrations, clock, log })
      reader.exec('PRAGMA query_only = ON')
    } catch (error) {
      reader.close()
      throw error
    }
    const writer = new Writer(file, log)
    writer.start()
    return new SqliteDatabase(file, reader, writer)
  } catch (error) {
    throw toDatabaseError(error, file)
  }
}

/** The file exists, is private and can be written, or the file system's own error says why not. */
function prepareFile(file: string): void {
  const folder = dirname(file)
  accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  const isNew = !existsSync(file)
  closeSync(openSync(file, 'a', 0o600))
  if (isNew) syncFolder(folder)
}

/** A new file's name is on disk only once its folder is. */
function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}
