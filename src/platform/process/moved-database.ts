import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, systemCode } from '#base/errors'
import { dataFolderUnusable } from './data-folder-unusable.ts'

const FILE = 'database-at'

/** Notes in a data folder that its data is in a PostgreSQL database, named without its password. */
export function noteMovedDatabase(dataDir: string, server: string): void {
  const file = join(dataDir, FILE)
  try {
    if (read(file) === server) return
    writeFileSync(`${file}.new`, `${server}\n`, { mode: 0o600, flush: true })
    renameSync(`${file}.new`, file)
  } catch (error) {
    throw dataFolderUnusable(dataDir, error)
  }
}

/** The data is in the folder again. */
export function forgetMovedDatabase(dataDir: string): void {
  rmSync(join(dataDir, FILE), { force: true })
}

/**
 * A `hearth.db` that stayed behind still has the keys that were revoked since, and what is changed there
 * reaches nobody.
 *
 * @throws AppError `database_moved` where the data of a folder is in PostgreSQL.
 */
export function refuseMovedDatabase(dataDir: string): void {
  const server = read(join(dataDir, FILE))
  if (server === undefined) return
  throw new AppError(
    'conflict',
    'database_moved',
    `The data of ${dataDir} is in PostgreSQL, at ${server}: set DATABASE_URL. To go back to the folder, move its hearth.db away if there is one and run \`hearth db copy --from URL --to ${dataDir}\`.`,
  )
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
