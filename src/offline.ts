import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Actor } from '#base/actor'
import { RandomIds } from '#base/ids'
import { systemClock } from '#base/time'
import type { DeletedModel, ModelFile, PullJob, PullRequest } from '#catalog/contract'
import type { LoadedConfig } from '#config/index'
import type { CreatedKey, Key, NewKey } from '#keys/contract'
import { findDamage } from '#platform/db/index'
import { silentLog } from '#platform/log/index'
import { lockDataFolder } from '#platform/process/index'
import { makeDataFolder, openDataFolder } from './data-folder.ts'

export { wayBack } from '#platform/db/index'

/** The verbs that work on a stopped Hearth. Whoever may write in its folder is its administrator. */
export interface Offline {
  readonly keys: {
    list(): Key[]
    /** @throws AppError as `Keys.create`. */
    create(key: NewKey): Promise<CreatedKey>
    /** @throws AppError `key_not_found`, `last_admin_key`. */
    revoke(id: string): Promise<Key>
  }
  readonly models: {
    files(): Promise<ModelFile[]>
    /**
     * Queues a download, or joins an unfinished one, and begins to work on what is queued. Whatever has not
     * ended by `close` keeps what has arrived and waits for the next `pull` or start.
     *
     * @throws AppError as `Catalog.pull`.
     */
    pull(request: PullRequest): Promise<PullJob>
    /** @throws AppError `job_not_found`. */
    pullJob(id: string): Promise<PullJob>
    /** @throws AppError `model_pull_not_found`. */
    cancelPull(id: string): Promise<PullJob>
    /** @throws AppError `model_file_not_found`, `model_not_managed`. */
    delete(id: string): Promise<DeletedModel>
  }
  /** Stops what is at work, closes the database and lets go of the folder. */
  close(): Promise<void>
}

export interface OfflineOptions {
  /** Makes the data folder where there is none, as the first `serve` would. */
  readonly makesFolder?: boolean
}

/** Jobs end with their folder. */
const UNTIL_CLOSE = new AbortController().signal

const OFFLINE_ACTOR: Actor = {
  keyId: 'offline',
  kind: 'person',
  user: 'command line',
  via: 'offline',
  scope: 'admin',
}

/**
 * Opens the data folder of a Hearth that is not running, as `App` does: under the same lock, so that
 * nothing is ever changed behind a running server's back, and with the same first admin key.
 *
 * @throws AppError `data_folder_locked` while a Hearth runs, and what `openDataFolder` throws.
 */
export async function openOffline(
  config: LoadedConfig,
  { makesFolder = false }: OfflineOptions = {},
): Promise<Offline> {
  if (makesFolder) makeDataFolder(config.value.data)
  const ids = new RandomIds()
  const folder = await openDataFolder({ config, clock: systemClock, ids, log: silentLog })
  const { keys, catalog, jobs } = folder
  let starting: Promise<void> | undefined
  return {
    keys: {
      list: () => keys.list(),
      create: (key) => keys.create(key, OFFLINE_ACTOR),
      revoke: (id) => keys.revoke(id, OFFLINE_ACTOR),
    },
    models: {
      files: () => catalog.list(),
      pull: async (request) => {
        const queued = await catalog.pull(request, OFFLINE_ACTOR, ids.correlationId())
        starting ??= jobs.start(UNTIL_CLOSE)
        await starting
        return queued
      },
      pullJob: (id) => catalog.pullJob(id),
      cancelPull: (id) => catalog.cancelPull(id),
      delete: (id) => catalog.delete(id, OFFLINE_ACTOR),
    },
    close: () => folder.close(),
  }
}

/**
 * Reads the database of a Hearth that is not running and says what is damaged, in SQLite's words; undefined where
 * nothing is. Changes nothing. @throws AppError `data_folder_locked` while a Hearth runs.
 */
export function findDatabaseDamage(data: string): string | undefined {
  // A folder that no Hearth has ever locked gets no lock by being looked at.
  const lock = existsSync(join(data, 'lock')) ? lockDataFolder(data) : undefined
  try {
    return findDamage(join(data, 'hearth.db'))
  } finally {
    lock?.release()
  }
}
