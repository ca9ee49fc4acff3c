import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, isAppError, systemCode } from '#base/errors'
import type { Ids } from '#base/ids'
import type { Clock } from '#base/time'
import type { SeenKey } from '#keys/index'
import {
  discardRestore,
  makeStagingFolder,
  settleRestore,
  writeJournal,
  type OnStep,
} from '#platform/backup/index'
import {
  fillDatabase,
  openDatabase,
  openTableSource,
  stageDatabase,
  summarizeTables,
  type DatabasePlace,
  type StagedSchema,
  type TableSummary,
} from '#platform/db/index'
import { silentLog } from '#platform/log/index'
import { dataFolderUnusable, lockDataFolder } from '#platform/process/index'
import { missingModels, type MissingModel } from './missing-models.ts'
import type { RestoreSource } from './restore-source.ts'
import { leavingFiles, presentKeys, refuseFilledTarget } from './restore-target.ts'
import { settleRestored, type SettledHouse } from './settle-restored.ts'

export interface RestoreHouseOptions {
  /** A folder that exists. */
  readonly data: string
  readonly place: DatabasePlace
  /** Whether a Hearth that is there already makes way. */
  readonly force: boolean
  readonly migrationsDir: string
  readonly clock: Clock
  readonly ids: Ids
  /** Told of every step that leaves something on disk. */
  readonly onStep?: OnStep
}

export interface RestoredHouse {
  readonly tables: readonly TableSummary[]
  readonly sessionsEnded: number
  readonly jobsReleased: number
  /** Keys that were revoked where this was restored over, and work again; undefined where nobody can know. */
  readonly revivedKeys: readonly SeenKey[] | undefined
  /** Keys that were made since and do not work any more. */
  readonly lostKeys: readonly SeenKey[]
  readonly missingModels: readonly MissingModel[]
  /** Where what was there is: a folder in the data folder, if it had such files, and a schema of PostgreSQL. */
  readonly aside: { readonly folder: string; readonly schema: string | undefined }
}

/**
 * Puts what a backup holds into a data folder and its database: all of it, or, whenever it is cut off, nothing.
 * It is built beside what is there, compared with the backup, brought up to date, and takes its place at once.
 *
 * @throws AppError `data_folder_locked`, `database_in_use`, `restore_target_filled`, `restore_differs`, and what
 *   filling a database meets.
 */
export async function restoreHouse(
  source: RestoreSource,
  options: RestoreHouseOptions,
): Promise<RestoredHouse> {
  const { data, place, force, onStep } = options
  const lock = lockDataFolder(data, { forRestore: true })
  try {
    await settleRestore(data)
    if (!force) await refuseFilledTarget(source, data, place)
    const folder = makeStagingFolder(data)
    onStep?.('began')
    // A restore that was decided is finished by whoever comes next, so only what was not is thrown away.
    const progress = { isDecided: false }
    const staged = await stage(place).catch((error: unknown) => {
      discardRestore(data)
      throw error
    })
    try {
      return await restoreStaged(source, options, folder, staged, progress)
    } catch (error) {
      if (!progress.isDecided) discardRestore(data)
      throw error
    } finally {
      await staged?.close()
    }
  } catch (error) {
    throw isAppError(error) ? error : cannotKeep(data, error)
  } finally {
    lock.release()
  }
}

function cannotKeep(data: string, cause: unknown): unknown {
  const code = systemCode(cause) ?? ''
  if (!(cause instanceof Error && 'syscall' in cause)) return cause
  if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) return dataFolderUnusable(data, cause)
  return new AppError(
    'unavailable',
    'disk_full',
    `There is no room in ${data} (${code}). Free some space and try again.`,
    { cause },
  )
}

async function stage(place: DatabasePlace): Promise<StagedSchema | undefined> {
  return 'url' in place ? stageDatabase(place.url) : undefined
}

async function restoreStaged(
  source: RestoreSource,
  { data, place, migrationsDir, clock, ids, onStep }: RestoreHouseOptions,
  folder: string,
  staged: StagedSchema | undefined,
  progress: { isDecided: boolean },
): Promise<RestoredHouse> {
  const target = staged === undefined ? { file: join(folder, 'hearth.db') } : { url: staged.url }
  const tables = await fill(target, source, { migrationsDir, clock })
  onStep?.('filled')
  const house = await settle(target, { migrationsDir, copiesDir: folder, clock })
  onStep?.('settled')
  for (const [name, bytes] of source.files) writeFileSync(join(folder, name), bytes, { mode: 0o600 })
  const before = await presentKeys(place)

  const id = ids.id('restore')
  // Two restores in one second must not put what they keep into each other's place.
  const stamp = `${new Date(clock.now()).toISOString().replace(/\D/g, '').slice(0, 14)}_${id.slice(-4)}`
  const aside = { folder: `before-restore-${stamp}`, schema: `hearth_before_${stamp}` }
  writeJournal(data, {
    id,
    database_url: 'url' in place ? place.url : null,
    leave: [...new Set(leavingFiles(source, place))],
    arrive: [...('file' in target ? ['hearth.db'] : []), ...source.files.keys()],
    aside: aside.folder,
  })
  progress.isDecided = true
  onStep?.('decided')
  // Whether a commit counts whose answer was lost, the database itself is asked.
  const commit = await staged?.commit(id, aside.schema).then(
    (schema) => ({ schema, failure: undefined }),
    (failure: unknown) => ({ schema: aside.schema, failure }),
  )
  onStep?.('committed')
  const counts = await settleRestore(data, onStep)
  if (!counts) {
    const failure = commit?.failure
    throw failure instanceof Error ? failure : new Error('The tables that were restored are not there.')
  }
  return {
    tables,
    sessionsEnded: house.sessionsEnded,
    jobsReleased: house.jobsReleased,
    ...compareKeys(before, house.keys),
    missingModels: missingModels(source.manifest, house.pulled, data),
    aside: { folder: aside.folder, schema: commit?.schema },
  }
}

async function fill(
  target: DatabasePlace,
  source: RestoreSource,
  { migrationsDir, clock }: { migrationsDir: string; clock: Clock },
): Promise<TableSummary[]> {
  const kept = await fillDatabase(target, source.lines(), { migrationsDir, clock, log: silentLog })
  const reread = await openTableSource(target)
  try {
    const found = await summarizeTables(reread)
    if (JSON.stringify(found) === JSON.stringify(kept)) return kept
  } finally {
    await reread.close()
  }
  throw new AppError(
    'internal',
    'restore_differs',
    'What was written is not what is read again, so nothing was changed. Check the disk and the memory of this machine.',
  )
}

async function settle(
  target: DatabasePlace,
  options: { migrationsDir: string; copiesDir: string; clock: Clock },
): Promise<SettledHouse> {
  const database = await openDatabase(target, { ...options, log: silentLog })
  try {
    return await settleRestored(database, options.clock.now())
  } finally {
    await database.close()
  }
}

function compareKeys(
  before: readonly SeenKey[] | undefined,
  after: readonly SeenKey[],
): Pick<RestoredHouse, 'revivedKeys' | 'lostKeys'> {
  const usable = new Set(after.filter(({ isRevoked }) => !isRevoked).map(({ id }) => id))
  return {
    revivedKeys: before?.filter(({ id, isRevoked }) => isRevoked && usable.has(id)),
    lostKeys: (before ?? []).filter(({ id, isRevoked }) => !isRevoked && !usable.has(id)),
  }
}
