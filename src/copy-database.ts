import { basename, dirname } from 'node:path'
import { AppError } from '#base/errors'
import { systemClock } from '#base/time'
import {
  dumpTables,
  fillDatabase,
  openTableSource,
  placeName,
  readDumpFile,
  summarizeTables,
  type DatabasePlace,
  type TableSummary,
} from '#platform/db/index'
import { silentLog } from '#platform/log/index'
import { forgetMovedDatabase, lockDataFolder, noteMovedDatabase } from '#platform/process/index'
import { makeDataFolder, MIGRATIONS, sqliteIn } from './data-folder.ts'

export interface CopyDatabaseOptions {
  /** A database, or a file of lines that a copy before a migration left. */
  readonly from: DatabasePlace | { readonly dump: string }
  readonly to: DatabasePlace
  /** Told how many rows of a table have been read so far. */
  readonly onRows?: (table: string, rows: number) => void
}

/**
 * Copies all tables into an empty database, reads them back and compares. A database in a data folder is
 * copied under the folder's lock, so that no running Hearth changes what is being moved.
 *
 * @returns what each table holds. @throws AppError `data_folder_locked`, `database_not_empty`,
 * `database_copy_differs`, and what opening the two meets.
 */
export async function copyDatabase({ from, to, onRows }: CopyDatabaseOptions): Promise<TableSummary[]> {
  if ('file' in to && isInDataFolder(to.file)) makeDataFolder(dirname(to.file))
  const locks = foldersOf(from, to).map((folder) => lockDataFolder(folder))
  try {
    const options = { migrationsDir: MIGRATIONS, clock: systemClock, log: silentLog }
    const kept = await withLines(from, onRows, (lines) => fillDatabase(to, lines, options))
    const found = await summaryOf(to)
    const isSame = JSON.stringify(found) === JSON.stringify(kept)
    if (!isSame) throw copyDiffers(placeName(to))
    noteMove(from, to)
    return found
  } finally {
    for (const lock of locks) lock.release()
  }
}

/** Where the data of a folder lies from now on, for whoever opens the folder without saying. */
function noteMove(from: CopyDatabaseOptions['from'], to: DatabasePlace): void {
  for (const folder of foldersOf(to)) forgetMovedDatabase(folder)
  if ('url' in to) for (const folder of foldersOf(from)) noteMovedDatabase(folder, placeName(to))
}

async function withLines<Result>(
  from: CopyDatabaseOptions['from'],
  onRows: CopyDatabaseOptions['onRows'],
  work: (lines: AsyncIterable<string>) => Promise<Result>,
): Promise<Result> {
  if ('dump' in from) return work(readDumpFile(from.dump))
  const source = await openTableSource(from)
  try {
    return await work(dumpTables(source, undefined, onRows))
  } finally {
    await source.close()
  }
}

async function summaryOf(place: DatabasePlace): Promise<TableSummary[]> {
  const source = await openTableSource(place)
  try {
    return await summarizeTables(source)
  } finally {
    await source.close()
  }
}

function foldersOf(...places: CopyDatabaseOptions['from'][]): string[] {
  const files = places.flatMap((place) => ('file' in place && isInDataFolder(place.file) ? [place.file] : []))
  return [...new Set(files.map((file) => dirname(file)))]
}

function isInDataFolder(file: string): boolean {
  return basename(file) === basename(sqliteIn('').file)
}

function copyDiffers(place: string): AppError {
  return new AppError(
    'internal',
    'database_copy_differs',
    `What ${place} holds now is not what was copied: something else writes to it. Empty it and copy again.`,
  )
}
