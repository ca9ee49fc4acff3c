import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '#base/errors'
import type { Ids } from '#base/ids'
import type { Clock } from '#base/time'
import { Catalog, ModelFiles, ModelPullStore, type ModelChanges } from '#catalog/index'
import type { LoadedConfig } from '#config/index'
import { ensureAdminKey, Keys, KeyStore } from '#keys/index'
import { FolderBlobs } from '#platform/blobs/index'
import { holdDatabase, openDatabase, placeName, type Database, type DatabasePlace } from '#platform/db/index'
import { Downloader } from '#platform/fetch/index'
import { Jobs, type JobRow } from '#platform/jobs/index'
import type { Log } from '#platform/log/index'
import {
  dataFolderUnusable,
  lockDataFolder,
  nodeId,
  noteMovedDatabase,
  PACKAGE_ROOT,
  refuseMovedDatabase,
} from '#platform/process/index'

/** There is one node on SQLite, and it is the same one after a restart. */
const ONLY_NODE = 'main'

/** What every database of this Hearth is brought up to date with. */
export const MIGRATIONS = join(PACKAGE_ROOT, 'migrations')

export interface DataFolderOptions {
  readonly config: LoadedConfig
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  readonly onJob?: (job: JobRow) => void
  readonly onModels?: (changes: ModelChanges) => void
  /** Told when another Hearth took the database: no change may be made from then on. */
  readonly onDatabaseLost?: (error: AppError) => void
}

/** What lies in a data folder, opened: the parts that a running Hearth and an offline command share. */
export interface DataFolder {
  readonly database: Database
  readonly keyStore: KeyStore
  readonly keys: Keys
  /** Kinds are defined; nothing runs until `start`. */
  readonly jobs: Jobs
  readonly modelFiles: ModelFiles
  readonly catalog: Catalog
  /** Closes all of it in reverse and lets go of the folder. */
  close(): Promise<void>
}

/** Where a Hearth with this data folder and this setting has its database. */
export function databasePlace(data: string, databaseUrl: LoadedConfig['databaseUrl']): DatabasePlace {
  return databaseUrl === undefined ? sqliteIn(data) : { url: databaseUrl.reveal() }
}

/** What messages call the database of a configuration; no password. */
export function databaseName({ databaseUrl, value }: LoadedConfig): string {
  return placeName(databasePlace(value.data, databaseUrl))
}

/** The database of a data folder. */
export function sqliteIn(data: string): { readonly file: string } {
  return { file: join(data, 'hearth.db') }
}

/** Makes the folder of a first start. @throws AppError `data_folder_unusable`. */
export function makeDataFolder(path: string): void {
  try {
    makeFolders(path)
  } catch (cause) {
    throw dataFolderUnusable(path, cause)
  }
}

/** Step by step, because Node's own recursive form never ends where a parent cannot hold folders (/proc). */
function makeFolders(path: string): void {
  if (existsSync(path)) return
  const parent = dirname(path)
  if (parent !== path) makeFolders(parent)
  mkdirSync(path, { mode: 0o700 })
}

/**
 * Opens a data folder as its only writer, with a database that is up to date and an admin key that works.
 *
 * @throws AppError `data_folder_locked`, `data_folder_unusable`, `database_moved`, `database_in_use`, `database_damaged`,
 *   `schema_newer` and what else opening a database can meet; what was opened before is closed again.
 */
export async function openDataFolder(options: DataFolderOptions): Promise<DataFolder> {
  const closers: (() => void | Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const part of closers.splice(0).reverse()) await part()
  }
  try {
    return { ...(await open(options, closers)), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Once an empty PostgreSQL has its first key, nothing can be copied into it any more: so that is said before. */
function refuseForgottenDatabase(data: string): void {
  const { file } = sqliteIn(data)
  if (!existsSync(file)) return
  throw new AppError(
    'conflict',
    'database_not_moved',
    `DATABASE_URL names an empty database, and ${file} holds the keys of this Hearth. Move them over with \`hearth db copy\`, or move the file away to start with new ones.`,
  )
}

async function open(
  { config, clock, ids, log, onJob, onModels, onDatabaseLost }: DataFolderOptions,
  closers: (() => void | Promise<void>)[],
): Promise<Omit<DataFolder, 'close'>> {
  const { data, models } = config.value
  const lock = lockDataFolder(data)
  closers.push(() => lock.release())
  const place = databasePlace(data, config.databaseUrl)
  if ('file' in place) refuseMovedDatabase(data)
  const hold = await holdDatabase(place, { clock, log, ...(onDatabaseLost && { onLost: onDatabaseLost }) })
  closers.push(() => hold.release())
  const database = await openDatabase(place, {
    migrationsDir: MIGRATIONS,
    copiesDir: data,
    clock,
    log,
  })
  closers.push(() => database.close())
  const node = database.dialect === 'sqlite' ? ONLY_NODE : nodeId(data, ids)

  const keyStore = new KeyStore(database)
  const keys = new Keys({ store: keyStore, ids, clock })
  await keys.start()
  if (database.dialect === 'postgres' && keys.list().length === 0) refuseForgottenDatabase(data)
  if ('url' in place) noteMovedDatabase(data, placeName(place))
  await ensureAdminKey(keys, data)

  // No egress policy: a pull reaches the place that an administrator named, and only that.
  const downloader = new Downloader({ log })
  closers.push(() => downloader.close())
  const jobs = new Jobs({ db: database, clock, ids, log, node, ...(onJob && { onChange: onJob }) })
  closers.push(() => jobs.close())
  const blobs = new FolderBlobs({ dir: join(data, 'blobs'), ids })
  await blobs.start()
  const modelFiles = new ModelFiles({
    folder: join(data, 'models'),
    named: models,
    log,
    ...(onModels && { onChange: onModels }),
  })
  const catalog = new Catalog({
    files: modelFiles,
    blobs,
    jobs,
    store: new ModelPullStore(database),
    clock,
    log,
    download: (url, request) => downloader.get(url, request),
  })
  await catalog.start()
  return { database, keyStore, keys, jobs, modelFiles, catalog }
}
