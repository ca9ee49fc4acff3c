import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { lockDataFolder, RESTORE_JOURNAL } from '#platform/process/index'

/**
 * Brings a restore into a data folder to its end that was cut off after it was decided, or throws away what was
 * not. Done before the configuration is read, which may be a part of what is restored.
 *
 * @throws AppError `data_folder_locked` while the restore goes on, and what asking PostgreSQL meets.
 */
export async function finishRestore(data: string): Promise<void> {
  if (!existsSync(dirname(join(data, RESTORE_JOURNAL)))) return
  const { settleRestore } = await import('#platform/backup/index')
  const lock = lockDataFolder(data, { forRestore: true })
  try {
    await settleRestore(data)
  } finally {
    lock.release()
  }
}
