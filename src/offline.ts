import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Actor } from '#base/actor'
import { RandomIds } from '#base/ids'
import { systemClock } from '#base/time'
import type { LoadedConfig } from '#config/index'
import type { CreatedKey, Key, NewKey } from '#keys/contract'
import { ensureAdminKey, Keys, KeyStore } from '#keys/index'
import { openSqlite } from '#platform/db/index'
import { silentLog } from '#platform/log/index'
import { dataFolderUnusable, lockDataFolder, PACKAGE_ROOT } from '#platform/process/index'

/** The verbs that work on a stopped Hearth. Whoever may write in its folder is its administrator. */
export interface Offline {
  readonly keys: {
    list(): Key[]
    /** @throws AppError as `Keys.create`. */
    create(key: NewKey): Promise<CreatedKey>
    /** @throws AppError `key_not_found`, `last_admin_key`. */
    revoke(id: string): Promise<Key>
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
 * @throws AppError `data_folder_locked` while a Hearth runs, `data_folder_unusable`, `database_damaged`,
 *   `schema_newer` and what else opening a database can meet.
 */
export async function openOffline(
  config: LoadedConfig,
  { makesFolder = false }: OfflineOptions = {},
): Promise<Offline> {
  const { data } = config.value
  if (makesFolder) makeFolder(data)
  const closers: (() => void | Promise<void>)[] = []
  const close = async (): Promise<void> => {
    for (const part of closers.splice(0).reverse()) await part()
  }
  try {
    const lock = lockDataFolder(data)
    closers.push(() => lock.release())
    const clock = systemClock
    const database = await openSqlite({
      file: join(data, 'hearth.db'),
      migrationsDir: join(PACKAGE_ROOT, 'migrations'),
      clock,
      log: silentLog,
    })
    closers.push(() => database.close())
    const keys = new Keys({ store: new KeyStore(database), ids: new RandomIds(), clock })
    await keys.start()
    // Else a key made before the first start would keep that start from making the admin key.
    await ensureAdminKey(keys, data)
    return {
      keys: {
        list: () => keys.list(),
        create: (key) => keys.create(key, OFFLINE_ACTOR),
        revoke: (id) => keys.revoke(id, OFFLINE_ACTOR),
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function makeFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw dataFolderUnusable(data, cause)
  }
}
