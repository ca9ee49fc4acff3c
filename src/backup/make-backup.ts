import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#base/errors'
import type { Clock } from '#base/time'
import { findModelFiles } from '#catalog/index'
import { writeBackupFile, type Manifest, type PartSummary } from '#platform/backup/index'
import {
  dumpTables,
  openTableSource,
  type DatabasePlace,
  type TableSource,
  type TableSummary,
} from '#platform/db/index'
import { packageVersion } from '#platform/process/index'
import { DATABASE_PART, readFileParts, type FilePart } from './contents.ts'
import { refuseOtherDatabase } from './other-database.ts'

export interface MakeBackupOptions {
  readonly file: string
  /** Whether a file of that name is replaced. */
  readonly force: boolean
  readonly data: string
  readonly place: DatabasePlace
  /** Model files outside of the models folder, and all else that a restored Hearth needs, in words. */
  readonly models: readonly string[]
  readonly leftOut: readonly string[]
  readonly clock: Clock
  /** Told how many rows of a table have been read so far. */
  readonly onRows?: (table: string, rows: number) => void
}

export interface MadeBackup {
  readonly file: string
  readonly sizeBytes: number
  readonly manifest: Manifest
  readonly parts: readonly PartSummary[]
  readonly tables: readonly TableSummary[]
}

/**
 * Copies a Hearth into one file, as it is at this moment, whether it runs or not: the database is read beside
 * the server, which notices nothing.
 *
 * @throws AppError `backup_exists`, `backup_unwritable`, `backup_disturbed`, `backup_other_database`, `disk_full`
 *   and what reading the database meets.
 */
export async function makeBackup(options: MakeBackupOptions): Promise<MadeBackup> {
  const { file, force, data, place, onRows } = options
  refuseOtherDatabase(data, place)
  const files = readFileParts(data)
  const source = await openTableSource(place)
  try {
    const identity = identityOf(place)
    const tables: TableSummary[] = []
    const manifest = await describeBackup(options, source, [...files.keys()])
    const lines = dumpTables(source, (summary) => tables.push(summary), onRows)
    const written = await writeBackupFile(file, {
      manifest,
      parts: [{ name: DATABASE_PART, lines }, ...[...files].map(([name, bytes]) => ({ name, bytes }))],
      force,
      check: () => {
        if (!isSame(files, readFileParts(data)) || identityOf(place) !== identity) throw disturbed(data)
      },
    })
    return { file, manifest, tables, ...written }
  } finally {
    await source.close()
  }
}

async function describeBackup(
  { data, place, models, leftOut, clock }: MakeBackupOptions,
  source: TableSource,
  files: readonly FilePart[],
): Promise<Manifest> {
  const found = await findModelFiles(join(data, 'models'), models, () => undefined)
  return {
    hearth_backup: 1,
    hearth: packageVersion(),
    made_at: new Date(clock.now()).toISOString(),
    database: {
      dialect: 'file' in place ? 'sqlite' : 'postgres',
      migrations: source.migrations.map(({ number, name }) => ({ number, name })),
    },
    parts: [DATABASE_PART, ...files],
    left_out: ['model files and unfinished downloads', ...leftOut],
    model_files: found.map(({ path, sizeBytes, managed }) => ({ path, size_bytes: sizeBytes, managed })),
  }
}

/** Another file under the same name is another database: somebody restored meanwhile. */
function identityOf(place: DatabasePlace): string {
  if ('url' in place || !existsSync(place.file)) return ''
  const { dev, ino } = statSync(place.file)
  return `${String(dev)}:${String(ino)}`
}

function isSame(a: ReadonlyMap<string, Buffer>, b: ReadonlyMap<string, Buffer>): boolean {
  return a.size === b.size && [...a].every(([name, bytes]) => b.get(name)?.equals(bytes) === true)
}

function disturbed(data: string): AppError {
  return new AppError(
    'conflict',
    'backup_disturbed',
    `The files in ${data} changed while they were copied, so the backup would not be of one moment, and nothing was left of it. Make it again.`,
  )
}
