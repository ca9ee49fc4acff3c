import { existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fourDigits } from './migration-files.ts'

const COPIES_KEPT = 3

/** Where copies of a database lie that are made before its schema changes: `<prefix>NNNN<suffix>`. */
export interface CopyNames {
  readonly prefix: string
  readonly suffix: string
}

/** Those of a SQLite file, beside it. */
export function sqliteCopies(file: string): CopyNames {
  return { prefix: `${file}.before-`, suffix: '' }
}

/** Those of a PostgreSQL database, in the data folder. */
export function postgresCopies(folder: string): CopyNames {
  return { prefix: join(folder, 'hearth-db.before-'), suffix: '.ndjson' }
}

/** The path of the copy as the database was before migration `number`. */
export function copyName({ prefix, suffix }: CopyNames, number: number): string {
  return `${prefix}${fourDigits(number)}${suffix}`
}

/** That path, where there is such a copy. */
export function copyBefore(names: CopyNames, number: number): string | undefined {
  const file = copyName(names, number)
  return existsSync(file) ? file : undefined
}

/** The copy of the newest schema, or undefined where there is none. */
export function newestCopy(names: CopyNames): string | undefined {
  return copies(names).at(-1)
}

/** Deletes all but the newest three copies. */
export function dropOldCopies(names: CopyNames): void {
  for (const file of copies(names).slice(0, -COPIES_KEPT)) rmSync(file)
}

function copies({ prefix, suffix }: CopyNames): string[] {
  const folder = dirname(prefix)
  const start = basename(prefix)
  const isCopy = (name: string): boolean =>
    name.startsWith(start) &&
    name.endsWith(suffix) &&
    /^\d+$/.test(name.slice(start.length, name.length - suffix.length))
  return readdirSync(folder)
    .filter(isCopy)
    .sort()
    .map((name) => join(folder, name))
}
