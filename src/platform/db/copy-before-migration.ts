import { closeSync, fsyncSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { fourDigits } from './migration-files.ts'

const COPIES_KEPT = 3

/**
 * Copies the database to `<file>.before-NNNN`, as it is before migration `number`, and drops all but
 * the newest three such copies. A copy has its name only once it is whole and on disk.
 *
 * @returns the path of the copy.
 */
export function copyBeforeMigration(database: DatabaseSync, file: string, number: number): string {
  const copy = `${file}.before-${fourDigits(number)}`
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
  dropOldCopies(file)
  return copy
}

function dropOldCopies(file: string): void {
  const folder = dirname(file)
  const prefix = `${basename(file)}.before-`
  const copies = readdirSync(folder).filter(
    (name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)),
  )
  for (const name of copies.sort().slice(0, -COPIES_KEPT)) rmSync(join(folder, name))
}
