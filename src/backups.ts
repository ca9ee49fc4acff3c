import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  makeBackup,
  openRestoreSource,
  restoreHouse,
  type MadeBackup,
  type RestoredHouse,
} from '#backup/index'
import { RandomIds } from '#base/ids'
import { systemClock } from '#base/time'
import { locate, type Environment, type Flags, type Location } from '#config/index'
import { placeName } from '#platform/db/index'
import { forgetMovedDatabase, refuseMovedDatabase } from '#platform/process/index'
import { databasePlace, makeDataFolder, MIGRATIONS } from './data-folder.ts'
import { finishRestore } from './finish-restore.ts'

export interface BackupRequest {
  readonly file: string
  /** Whether a file of that name is replaced. */
  readonly force: boolean
  readonly flags: Flags
  readonly env: Environment
  /** Told how many rows of a table have been read so far. */
  readonly onRows?: (table: string, rows: number) => void
}

/**
 * Copies the Hearth that flags and environment mean into one file, whether it runs or not.
 *
 * @throws AppError as `makeBackup`, `config_unreadable`.
 */
export async function backUp({ file, force, flags, env, onRows }: BackupRequest): Promise<MadeBackup> {
  const location = await locate(flags, env)
  const { data, databaseUrl, models } = location
  await finishRestore(data)
  const place = databasePlace(data, databaseUrl)
  if ('file' in place) refuseMovedDatabase(data)
  return makeBackup({
    file: resolve(file),
    force,
    data,
    place,
    models,
    leftOut: leftOut(location),
    clock: systemClock,
    ...(onRows && { onRows }),
  })
}

function leftOut({ data, file, keyFiles }: Location): string[] {
  const isElsewhere = file !== undefined && file !== resolve(data, 'config.yaml')
  return [
    ...(isElsewhere ? [`the configuration file ${file}`] : []),
    ...keyFiles.map((path) => `the key file ${path}`),
    'settings and keys in the environment, and flags of the service',
  ]
}

export interface RestoreRequest {
  readonly file: string
  /** Whether a Hearth that is there already makes way. */
  readonly force: boolean
  /** Whether a configuration file in the backup is restored as well. */
  readonly withConfig: boolean
  readonly flags: Flags
  readonly env: Environment
  /** Told of every step that leaves something on disk. */
  readonly onStep?: (step: string) => void
}

/** What was restored, from what, and where to. */
export interface Restored extends RestoredHouse {
  readonly file: string
  readonly data: string
  /** Without a password. */
  readonly database: string
  /** Undefined for a copy that was made before a migration. */
  readonly madeBy: { readonly hearth: string; readonly madeAt: string } | undefined
  readonly leftOut: readonly string[]
  /** Files of the data folder that were restored. */
  readonly files: readonly string[]
  /** Where what was there is now. */
  readonly keptAside: readonly string[]
}

/**
 * Restores a backup, or a copy that was made before a migration. Which database is meant, flags and environment
 * say, or else the configuration file in the backup: it is the one that `serve` will read.
 *
 * @throws AppError as `openRestoreSource` and `restoreHouse`.
 */
export async function restore(request: RestoreRequest): Promise<Restored> {
  const { force, withConfig, flags, env, onStep } = request
  const opened = await openRestoreSource(resolve(request.file), MIGRATIONS)
  const files = new Map([...opened.files].filter(([name]) => withConfig || name !== 'config.yaml'))
  const source = { ...opened, files }
  const { data, databaseUrl } = await locate(flags, env, files.get('config.yaml')?.toString('utf8'))
  const place = databasePlace(data, databaseUrl)
  makeDataFolder(data)
  const house = await restoreHouse(source, {
    data,
    place,
    force,
    migrationsDir: MIGRATIONS,
    clock: systemClock,
    ids: new RandomIds(),
    ...(onStep && { onStep }),
  })
  // The data is here again, wherever it had moved to.
  if ('file' in place) forgetMovedDatabase(data)
  const { manifest } = source
  const folder = resolve(data, house.aside.folder)
  return {
    ...house,
    file: source.file,
    data,
    database: placeName(place),
    madeBy: manifest && { hearth: manifest.hearth, madeAt: manifest.made_at },
    leftOut: manifest?.left_out ?? [],
    files: [...files.keys()],
    keptAside: [
      ...(existsSync(folder) ? [folder] : []),
      ...(house.aside.schema === undefined
        ? []
        : [`the schema ${house.aside.schema} of ${placeName(place)}`]),
    ],
  }
}
