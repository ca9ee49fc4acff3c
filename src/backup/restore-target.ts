import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { AppError } from '#base/errors'
import { keysIn, type SeenKey } from '#keys/index'
import { filledTable, openTableSource, placeName, type DatabasePlace } from '#platform/db/index'
import type { RestoreSource } from './restore-source.ts'

/** Files of the data folder that make way for those that are restored. */
export function leavingFiles({ manifest, files }: RestoreSource, place: DatabasePlace): string[] {
  // The log first: it says nothing without its database, and the database less without it.
  const database =
    'file' in place ? ['-wal', '-shm', ''].map((suffix) => `${basename(place.file)}${suffix}`) : []
  // A key that is not the restored Hearth's would only be in the way.
  return [...database, ...(manifest === undefined ? [] : ['admin.key']), ...files.keys()]
}

/**
 * Refuses to restore over something. @throws AppError `restore_target_filled` (conflict), and what opening the
 * database meets.
 */
export async function refuseFilledTarget(
  source: RestoreSource,
  data: string,
  place: DatabasePlace,
): Promise<void> {
  const files = leavingFiles(source, place).filter(
    (name) => (statSync(join(data, name), { throwIfNoEntry: false })?.size ?? 0) > 0,
  )
  const found = new Set(files.map((name) => join(data, name)))
  if ('url' in place && (await filledTable(place)) !== undefined) found.add(placeName(place))
  if (found.size === 0) return
  throw new AppError(
    'conflict',
    'restore_target_filled',
    `There is a Hearth already: ${[...found].join(', ')}. Nothing was changed. Name an empty data folder with --data, or use --force, which keeps what is there beside it.`,
  )
}

/** The keys of the Hearth that is restored over; undefined where there is none, or none that can be read. */
export async function presentKeys(place: DatabasePlace): Promise<SeenKey[] | undefined> {
  if ('file' in place && !existsSync(place.file)) return undefined
  try {
    const source = await openTableSource(place)
    try {
      const keys = await keysIn(source)
      // Every Hearth has a key: where there is none, there is no Hearth.
      return keys.length === 0 ? undefined : keys
    } finally {
      await source.close()
    }
  } catch {
    // It may be damaged, which is why somebody restores.
    return undefined
  }
}
