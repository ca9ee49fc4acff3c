import { basename, dirname } from 'node:path'
import { AppError } from '#base/errors'
import { systemClock } from '#base/time'
import {
  dumpTables,
  fillDatabase,
  holdDatabase,
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
 * copied under the folder's lock, and one on a server as a running Hearth holds it, so that no running Hearth changes what is being moved.
 *
 * @returns what each table holds. @throws AppError `data_folder_locked`, `database_in_use`, `database_not_empty`,
 * `database_copy_differs`, and what opening the two meets.
 */
export async function copyDatabase({ from, to, onRows }: CopyDatabaseOptions): Promise<TableSummary[]> {
  if ('file' in to && isInDataFolder(to.file)) makeDataFolder(dirname(to.file))
  const locks = foldersOf(from, to).map((folder) => lockDataFolder(folder))
  const holds: { release(): Promise<void> }[] = []
  try {
    const options = { migrationsDir: MIGRATIONS, clock: systemClock, log: silentLog }
    for (const url of urlsOf(from, to)) holds.push(await holdDatabase({ url }, options))
    const kept = await withLines(from, onRows, (lines) => fillDatabase(to, lines, options))
    const found = await summaryOf(to)
    const isSame = JSON.stringify(found) === JSON.stringify(kept)
    if (!isSame) throw copyDiffers(placeName(to))
    noteMove(from, to)
    return found
  } finally {
    for (const hold of holds) await hold.release()
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

function urlsOf(...places: CopyDatabaseOptions['from'][]): Set<string> {
  return new Set(places.flatMap((place) => ('url' in place ? [place.url] : [])))
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
