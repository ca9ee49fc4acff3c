import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const COPIES_KEPT = 3

/** Deletes all but the newest three copies `<prefix>NNNN<suffix>`, which were made before migrations. */
export function dropOldCopies(prefix: string, suffix = ''): void {
  const folder = dirname(prefix)
  const start = basename(prefix)
  const copies = readdirSync(folder).filter(
    (name) =>
      name.startsWith(start) &&
      name.endsWith(suffix) &&
      /^\d+$/.test(name.slice(start.length, name.length - suffix.length)),
  )
  for (const name of copies.sort().slice(0, -COPIES_KEPT)) rmSync(join(folder, name))
}
