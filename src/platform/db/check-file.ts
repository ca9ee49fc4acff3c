import { createHash } from 'node:crypto'
import { closeSync, copyFileSync, existsSync, openSync, readSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { AppError, describe } from '#base/errors'
import { saysDamaged } from './database-errors.ts'
import { newestCopy, sqliteCopies } from './old-copies.ts'

/** Larger files are only checked for a valid header: reading them through would hold up every start. */
const CHECKED_UP_TO_BYTES = 64 * 1024 * 1024

/**
 * Refuses a damaged file before anything can write to it. The connection is read-only, so that closing
 * it does not fold a left-over write-ahead log into the file; a copy of both is kept once.
 *
 * @throws AppError `database_damaged` (internal, details `{file, copy}`).
 */
export function refuseDamagedFile(file: string): void {
  const sizeBytes = sizeOf(file)
  if (sizeBytes === 0) return
  const fault = findFault(file, sizeBytes > CHECKED_UP_TO_BYTES)
  if (fault !== undefined) throw damaged(file, fault)
}

/** Reads all of a database that nobody writes to; says what is damaged, in SQLite's words, or undefined. */
export function findDamage(file: string): string | undefined {
  return sizeOf(file) === 0 ? undefined : findFault(file, false)
}

function findFault(file: string, onlyHeader: boolean): string | undefined {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    if (onlyHeader) {
      database.prepare('SELECT count(*) FROM sqlite_schema').get()
      return undefined
    }
    const verdict = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']
    return verdict === 'ok' ? undefined : String(verdict)
  } catch (error) {
    if (saysDamaged(error)) return describe(error).replace(/\s+/g, ' ')
    throw error
  } finally {
    database.close()
  }
}

function damaged(file: string, fault: string): AppError {
  const copy = keepCopy(file)
  const kept =
    copy === undefined
      ? 'It could not be copied and was left as it is.'
      : `It was left as it is and copied to ${copy}.`
  return new AppError(
    'internal',
    'database_damaged',
    `The database ${file} is damaged (${fault}). ${kept} ${wayBack(file)}, rescue what can be read with "sqlite3 ${file} .recover", or move it away to start empty.`,
    { details: { file, ...(copy === undefined ? {} : { copy }) } },
  )
}

/** What to do about a damaged database: the copy before the last migration may be old, and a backup newer. */
export function wayBack(file: string): string {
  const copy = newestCopy(sqliteCopies(file))
  const other = copy === undefined ? '' : ` (or ${copy}, which was made before a migration)`
  return `Restore a backup with \`hearth restore FILE --force\`${other}`
}

/** Named by content, so that starting again on the same damaged file does not fill the disk with copies. */
function keepCopy(file: string): string | undefined {
  try {
    const copy = `${file}.damaged-${shortHash(file)}`
    if (existsSync(copy)) return copy
    if (sizeOf(`${file}-wal`) > 0) copyFileSync(`${file}-wal`, `${copy}-wal`)
    copyFileSync(file, copy)
    return copy
  } catch {
    return undefined
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function shortHash(file: string): string {
  const hash = createHash('sha256')
  const chunk = Buffer.allocUnsafe(1024 * 1024)
  const descriptor = openSync(file, 'r')
  try {
    for (let length = readSync(descriptor, chunk); length > 0; length = readSync(descriptor, chunk)) {
      hash.update(chunk.subarray(0, length))
    }
  } finally {
    closeSync(descriptor)
  }
  return hash.digest('hex').slice(0, 8)
}
