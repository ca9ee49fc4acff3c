import type { ClientBase } from 'pg'
import { AppError } from '#base/errors'

/** The oldest that its makers still mend. */
const OLDEST_VERSION = 14

/** @throws AppError `database_unfit` (internal) for a server or a database that cannot hold what Hearth keeps. */
export async function refuseUnfitServer(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ encoding: string; version: string }>(
    "SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num') AS version",
  )
  const { encoding, version } = rows[0]!
  const major = Math.floor(Number(version) / 10_000)
  if (major < OLDEST_VERSION)
    throw unfit(`The PostgreSQL server has version ${major}`, 'Hearth needs 14 or newer')
  if (encoding !== 'UTF8') {
    throw unfit(
      `The database keeps text as ${encoding}`,
      'make one with createdb --encoding UTF8 --template template0',
    )
  }
}

function unfit(what: string, wayOut: string): AppError {
  return new AppError('internal', 'database_unfit', `${what}: ${wayOut}.`)
}
