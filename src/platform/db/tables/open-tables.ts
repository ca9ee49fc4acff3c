import { AppError } from '#base/errors'
import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import { existsSync } from 'node:fs'
import type { Database } from '../database.ts'
import { readMigrations } from '../migration-files.ts'
import { openSqlite } from '../open-sqlite.ts'
import { serverName } from '../postgres/server-name.ts'
import { loadTables, type LoadOptions } from './load-tables.ts'
import type { TableSummary } from './dump-tables.ts'
import { openSqliteSource, openSqliteTarget } from './sqlite-tables.ts'
import type { TableSource, TableTarget } from './table-source.ts'

/** Where a database is: a SQLite file, or the URL of a PostgreSQL database, which may hold a password. */
export type DatabasePlace = { readonly file: string } | { readonly url: string }

/** What messages call a place. */
export function placeName(place: DatabasePlace): string {
  return 'file' in place ? place.file : serverName(place.url)
}

/**
 * All tables of a database as they are at this moment, for `dumpTables`. The database may be in use.
 *
 * @throws AppError `database_file_missing` and what opening the database meets.
 */
export async function openTableSource(place: DatabasePlace): Promise<TableSource> {
  if ('file' in place) return openSqliteSource(place.file)
  // Its driver is loaded by those who use it.
  const { openPostgresSource } = await import('./postgres-tables.ts')
  return openPostgresSource(place.url)
}

export interface FillOptions {
  readonly migrationsDir: string
  readonly clock: Clock
  readonly log: Log
  readonly onTable?: LoadOptions['onTable']
}

/**
 * Fills an empty database (a file or schema that is not there yet is made) with the lines of a dump, all of
 * them or nothing. It gets the schema that the dump was made of; the next start of Hearth brings it up to date.
 *
 * @throws AppError `database_not_empty` and as `loadTables`.
 */
export async function fillDatabase(
  place: DatabasePlace,
  lines: AsyncIterable<string>,
  options: FillOptions,
): Promise<TableSummary[]> {
  const { migrationsDir, onTable } = options
  const dialect = 'file' in place ? 'sqlite' : 'postgres'
  return loadTables(lines, {
    known: readMigrations(migrationsDir, dialect),
    openTarget: async (last) => {
      await refuseFilled(place)
      const database = await makeSchema(place, last, options)
      await database.close()
      return openTarget(place)
    },
    ...(onTable && { onTable }),
  })
}

/** Before its schema is touched. */
async function refuseFilled(place: DatabasePlace): Promise<void> {
  const table = await filledTable(place)
  if (table !== undefined) throw databaseNotEmpty(placeName(place), table)
}

/** The first table that holds a row, or undefined where a database is empty or not there. */
export async function filledTable(place: DatabasePlace): Promise<string | undefined> {
  if ('file' in place && !existsSync(place.file)) return undefined
  const source = await openTableSource(place)
  try {
    for (const table of source.tables) {
      for await (const rows of source.rows(table)) if (rows.length > 0) return table.name
    }
    return undefined
  } finally {
    await source.close()
  }
}

async function makeSchema(place: DatabasePlace, last: number, options: FillOptions): Promise<Database> {
  const { migrationsDir, clock, log } = options
  if ('file' in place) return openSqlite({ file: place.file, migrationsDir, last, clock, log })
  const { openPostgres } = await import('../postgres/open-postgres.ts')
  return openPostgres({ url: place.url, migrationsDir, last, clock, log })
}

async function openTarget(place: DatabasePlace): Promise<TableTarget> {
  if ('file' in place) return openSqliteTarget(place.file)
  const { openPostgresTarget } = await import('./postgres-tables.ts')
  return openPostgresTarget(place.url)
}

function databaseNotEmpty(place: string, table: string): AppError {
  return new AppError(
    'conflict',
    'database_not_empty',
    `${place} holds data already (in the table ${table}), and nothing was changed. Name an empty database.`,
  )
}
