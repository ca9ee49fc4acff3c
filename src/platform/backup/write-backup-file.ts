import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { AppError, describe, isAppError, systemCode } from '#base/errors'
import type { Manifest, PartSummary } from './backup-format.ts'
import { backupText, type BackupPart } from './write-backup.ts'

export interface WriteBackupOptions {
  readonly manifest: Manifest
  readonly parts: readonly BackupPart[]
  /** Whether a file of that name is replaced. */
  readonly force: boolean
  /** Asked once everything is written and before it has its name; what it throws leaves no backup. */
  readonly check: () => void
}

export interface WrittenBackup {
  readonly sizeBytes: number
  readonly parts: readonly PartSummary[]
}

/** No room: of the disk, of a quota, or of what a file may have. */
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/**
 * Writes a backup, readable by its owner only, as `FILE.partial` and gives it its name once it is on disk.
 *
 * @throws AppError `backup_exists` (conflict), `backup_unwritable` (internal), `disk_full`.
 */
export async function writeBackupFile(file: string, options: WriteBackupOptions): Promise<WrittenBackup> {
  refuseTaken(file, options.force)
  const partial = `${file}.partial`
  try {
    rmSync(partial, { force: true })
    const handle = await open(partial, 'wx', 0o600)
    try {
      return await write(file, partial, handle, options)
    } catch (error) {
      if (await isOurs(partial, handle)) rmSync(partial)
      throw error
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw isAppError(error) ? error : unwritable(file, error)
  }
}

async function write(
  file: string,
  partial: string,
  handle: FileHandle,
  { manifest, parts, force, check }: WriteBackupOptions,
): Promise<WrittenBackup> {
  const summaries: PartSummary[] = []
  const text = Readable.from(backupText(manifest, parts, (part) => summaries.push(part)))
  await pipeline(text, createGzip(), async (packed: AsyncIterable<Buffer>) => {
    for await (const piece of packed) await handle.writeFile(piece)
  })
  await handle.sync()
  check()
  refuseTaken(file, force)
  if (!(await isOurs(partial, handle))) throw new Error('another backup is being written to the same file')
  renameSync(partial, file)
  syncFolder(dirname(file))
  return { sizeBytes: statSync(file).size, parts: summaries }
}

function refuseTaken(file: string, force: boolean): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined || (force && found.isFile())) return
  const wayOut = found.isFile() ? 'Name another, or replace it with --force.' : 'It is no file; name another.'
  throw new AppError('conflict', 'backup_exists', `There is a ${file} already. ${wayOut}`)
}

async function isOurs(partial: string, handle: FileHandle): Promise<boolean> {
  return statSync(partial, { throwIfNoEntry: false })?.ino === (await handle.stat()).ino
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function unwritable(file: string, cause: unknown): AppError {
  const code = systemCode(cause) ?? ''
  if (NO_ROOM.has(code)) {
    return new AppError(
      'unavailable',
      'disk_full',
      `There is no room for the backup ${file} (${code}), and nothing was left of it. Free some space and try again.`,
      { cause },
    )
  }
  return new AppError(
    'internal',
    'backup_unwritable',
    `The backup ${file} cannot be written (${code === '' ? describe(cause) : code}). Name a file in a folder that you can write to.`,
    { cause },
  )
}
