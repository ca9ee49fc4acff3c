import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { copyName, dropOldCopies, sqliteCopies } from './old-copies.ts'

/**
 * Copies the database to `<file>.before-NNNN`, as it is before migration `number`, and drops all but
 * the newest three such copies. A copy has its name only once it is whole and on disk.
 *
 * @returns the path of the copy.
 */
export function copyBeforeMigration(database: DatabaseSync, file: string, number: number): string {
  const copy = copyName(sqliteCopies(file), number)
  const partial = `${copy}.partial`
  rmSync(partial, { force: true })
  // Made here and empty, because SQLite would make it readable by everyone.
  closeSync(openSync(partial, 'wx', 0o600))
  try {
    database.prepare('VACUUM INTO ?').run(partial)
    const descriptor = openSync(partial, 'r+')
    fsyncSync(descriptor)
    closeSync(descriptor)
    renameSync(partial, copy)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  }
  dropOldCopies(sqliteCopies(file))
  return copy
}
