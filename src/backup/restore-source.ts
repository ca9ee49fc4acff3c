import { closeSync, openSync, readSync } from 'node:fs'
import { AppError, systemCode } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'
import { backupNewer, linesOfPart, verifyBackup, type Manifest } from '#platform/backup/index'
import { dumpTables, findDamage, openTableSource, readDumpFile, readMigrations } from '#platform/db/index'
import { DATABASE_PART, FILE_PARTS, type FilePart } from './contents.ts'

/** What a Hearth can be restored from, read and found whole. */
export interface RestoreSource {
  readonly file: string
  /** Of a backup; undefined for a copy of the database alone, as it is made before a migration. */
  readonly manifest: Manifest | undefined
  readonly files: ReadonlyMap<FilePart, Buffer>
  /** The lines of `dumpTables`. */
  lines(): AsyncIterable<string>
}

interface Step {
  readonly number: number
  readonly name: string
}

const GZIP = Buffer.from([0x1f, 0x8b])
const SQLITE = Buffer.from('SQLite format 3\0')

/**
 * Reads a backup, or a copy that was made before a migration (`….before-NNNN`), to its end, and changes nothing.
 *
 * @throws AppError `backup_damaged`, `backup_newer`, `backup_unreadable`, `dump_damaged`.
 */
export async function openRestoreSource(file: string, migrationsDir: string): Promise<RestoreSource> {
  const begin = firstBytes(file, SQLITE.length)
  if (begin.subarray(0, GZIP.length).equals(GZIP)) return openBackup(file, migrationsDir)
  if (begin.equals(SQLITE)) return openSqliteCopy(file, migrationsDir)
  if (begin[0] === 0x7b) return openDumpCopy(file, migrationsDir)
  throw noBackup(file, 'it does not begin as one')
}

async function openBackup(file: string, migrationsDir: string): Promise<RestoreSource> {
  const { manifest, files } = await verifyBackup(file, FILE_PARTS)
  const known: readonly string[] = [DATABASE_PART, ...FILE_PARTS]
  const unknown = manifest.parts.find((part) => !known.includes(part))
  if (unknown !== undefined) throw backupNewer(file, manifest.hearth, `it holds the part ${unknown}`)
  refuseNewer(file, manifest.hearth, manifest.database.migrations, migrationsDir)
  if (!manifest.parts.includes(DATABASE_PART)) throw noBackup(file, 'it holds no database')
  return {
    file,
    manifest,
    files: files as ReadonlyMap<FilePart, Buffer>,
    lines: () => linesOfPart(file, DATABASE_PART),
  }
}

async function openSqliteCopy(file: string, migrationsDir: string): Promise<RestoreSource> {
  const damage = findDamage(file)
  if (damage !== undefined) throw noBackup(file, damage)
  const source = await openTableSource({ file })
  await source.close()
  refuseNewer(file, 'of a later version', source.migrations, migrationsDir)
  return {
    file,
    manifest: undefined,
    files: new Map(),
    lines: async function* () {
      const tables = await openTableSource({ file })
      try {
        yield* dumpTables(tables)
      } finally {
        await tables.close()
      }
    },
  }
}

async function openDumpCopy(file: string, migrationsDir: string): Promise<RestoreSource> {
  let migrations: unknown
  let last = ''
  for await (const line of readDumpFile(file)) {
    if (last === '') migrations = valueOf(line).migrations
    last = line
  }
  if (!Array.isArray(migrations) || valueOf(last).whole !== true) throw noBackup(file, 'its end is missing')
  refuseNewer(file, 'of a later version', migrations as Step[], migrationsDir)
  return { file, manifest: undefined, files: new Map(), lines: () => readDumpFile(file) }
}

function valueOf(line: string): Record<string, unknown> {
  const value = tryParseJson(line)
  return isRecord(value) ? value : {}
}

function refuseNewer(file: string, madeBy: string, migrations: readonly Step[], dir: string): void {
  const known = new Set(readMigrations(dir, 'sqlite').map(({ number, name }) => `${String(number)}-${name}`))
  for (const { number, name } of migrations) {
    const step = `${String(number)}-${name}`
    if (!known.has(step)) throw backupNewer(file, madeBy, `migration ${step}`)
  }
}

function firstBytes(file: string, count: number): Buffer {
  const bytes = Buffer.alloc(count)
  try {
    const descriptor = openSync(file, 'r')
    try {
      return bytes.subarray(0, readSync(descriptor, bytes))
    } finally {
      closeSync(descriptor)
    }
  } catch (cause) {
    const code = systemCode(cause) ?? 'unknown error'
    throw new AppError(
      'not_found',
      'backup_unreadable',
      `${file} cannot be read (${code}). Check the path.`,
      {
        cause,
      },
    )
  }
}

function noBackup(file: string, why: string): AppError {
  return new AppError(
    'conflict',
    'backup_damaged',
    `${file} is no whole backup of Hearth, nor a copy made before a migration: ${why}. Nothing was changed.`,
  )
}
