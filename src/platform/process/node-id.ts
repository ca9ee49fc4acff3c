import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '#base/errors'
import type { Ids } from '#base/ids'
import { dataFolderUnusable } from './data-folder-unusable.ts'

/**
 * The name of the node that a data folder belongs to, the same after every restart and another in every
 * folder. Made at first use, under the folder's lock.
 *
 * @throws AppError `data_folder_unusable`.
 */
export function nodeId(dataDir: string, ids: Ids): string {
  const file = join(dataDir, 'node-id')
  try {
    const known = read(file)
    if (known !== undefined) return known
    const made = ids.id('node')
    writeFileSync(`${file}.new`, `${made}\n`, { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
    return made
  } catch (error) {
    throw dataFolderUnusable(dataDir, error)
  }
}

/** What is no id counts as none: a new name costs a lease of half a minute, a shared one would cost more. */
function read(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return /^node_[\da-f]{24}$/.test(text) ? text : undefined
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
