import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '#base/errors'
import { dataFolderUnusable } from './data-folder-unusable.ts'

const SQLITE_BUSY = 5

/** Lies in a data folder from the moment a restore is decided until all of it is in its place. */
export const RESTORE_JOURNAL = join('restoring', 'journal.json')

/** Proof that this process is the only writer of a data folder. */
export interface DataFolderLock {
  /** Lets the next process in. Calling it again does nothing. */
  release(): void
}

/**
 * Takes the data folder for this process, or fails at once; the folder must exist.
 *
 * The lock is a file lock that the kernel holds for SQLite's `BEGIN EXCLUSIVE` on `<data>/lock`, so it
 * ends with the process however that ends (`kill -9` too) and cannot go stale, as a pid file can.
 * `<data>/lock.pid` only tells people who holds it. Nothing else in this process may open
 * `<data>/lock`: closing any descriptor of a file drops the process's POSIX locks on it.
 *
 * @throws AppError `data_folder_locked` (conflict, details `{folder, pid}`) while another process holds
 * it, `data_folder_unusable` (internal) where the folder cannot be written, `restore_unfinished` (conflict)
 * where half of it is still to be restored, unless that is what the lock is `forRestore`.
 */
export function lockDataFolder(dataDir: string, { forRestore = false } = {}): DataFolderLock {
  const pidFile = join(dataDir, 'lock.pid')
  const database = openLockFile(dataDir, pidFile)
  if (!forRestore && existsSync(join(dataDir, RESTORE_JOURNAL))) {
    database.close()
    throw restoreUnfinished(dataDir)
  }
  try {
    writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
  } catch (error) {
    database.close()
    throw dataFolderUnusable(dataDir, error)
  }
  return {
    release: () => {
      if (!database.isOpen) return
      // The note goes first: once the lock is gone, the file may already be a successor's.
      rmSync(pidFile, { force: true })
      database.close()
    },
  }
}

function openLockFile(dataDir: string, pidFile: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    // SQLite reports every failure to open as one code; the file system says why.
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
    database = new DatabaseSync(join(dataDir, 'lock'), { timeout: 0 })
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    throw isBusy(error) ? lockedBy(dataDir, readPid(pidFile), error) : dataFolderUnusable(dataDir, error)
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}

/** The holder writes its pid just after it wins the lock, so for an instant there may be none to read. */
function readPid(pidFile: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(pidFile, 'utf8'), 10)
    return pid > 0 ? pid : undefined
  } catch {
    return undefined
  }
}

function lockedBy(folder: string, pid: number | undefined, cause: unknown): AppError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`
  return new AppError(
    'conflict',
    'data_folder_locked',
    `The data folder ${folder} is in use by ${holder} already. Stop that Hearth first, or start this one with another data folder.`,
    { cause, details: { folder, ...(pid === undefined ? {} : { pid }) } },
  )
}

function restoreUnfinished(folder: string): AppError {
  return new AppError(
    'conflict',
    'restore_unfinished',
    `A restore into ${folder} was cut off before its end. Start \`hearth serve\`, which finishes it first, or restore again.`,
    { details: { folder } },
  )
}
