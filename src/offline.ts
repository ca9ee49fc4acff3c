import type { Actor } from '#base/actor'
import { RandomIds } from '#base/ids'
import { systemClock } from '#base/time'
import type { DeletedModel, PullJob, PullRequest } from '#catalog/contract'
import type { LoadedConfig } from '#config/index'
import type { CreatedKey, Key, NewKey } from '#keys/contract'
import { silentLog } from '#platform/log/index'
import { makeDataFolder, openDataFolder } from './data-folder.ts'

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
    /** Queues a download and works on it until it ends or `signal` aborts; what has arrived is kept. */
    pull(request: PullRequest, follow: (job: PullJob) => void, signal: AbortSignal): Promise<PullJob>
    /** @throws AppError `model_file_not_found`, `model_not_managed`. */
    delete(id: string): Promise<DeletedModel>
  }
  /** Closes the database and lets go of the folder. */
  close(): Promise<void>
}

export interface OfflineOptions {
  /** Makes the data folder where there is none, as the first `serve` would. */
  readonly makesFolder?: boolean
}

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
  let onJob: (id: string) => void = () => undefined
  const folder = await openDataFolder({
    config,
    clock: systemClock,
    ids,
    log: silentLog,
    onJob: (job) => onJob(job.id),
  })
  const { keys, catalog, jobs } = folder
  return {
    keys: {
      list: () => keys.list(),
      create: (key) => keys.create(key, OFFLINE_ACTOR),
      revoke: (id) => keys.revoke(id, OFFLINE_ACTOR),
    },
    models: {
      pull: async (request, follow, signal) => {
        const queued = await catalog.pull(request, OFFLINE_ACTOR, ids.correlationId())
        const ended = new Promise<void>((resolve) => {
          onJob = (id) => {
            if (id !== queued.id) return
            void catalog.pullJob(id).then((job) => {
              follow(job)
              if (job.finished_at !== null) resolve()
            })
          }
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        await jobs.start(signal)
        await ended
        return catalog.pullJob(queued.id)
      },
      delete: (id) => catalog.delete(id, OFFLINE_ACTOR),
    },
    close: () => folder.close(),
  }
}
