import type { DatabaseHold, HoldOptions } from './database-hold.ts'
import type { DatabasePlace } from './tables/open-tables.ts'

/**
 * Takes a PostgreSQL database for this Hearth. A file needs no more than the lock of its folder.
 *
 * @throws AppError `database_in_use` (conflict) while another Hearth holds it, and what connecting meets.
 */
export async function holdDatabase(place: DatabasePlace, options: HoldOptions): Promise<DatabaseHold> {
  if ('file' in place) return { release: () => Promise.resolve() }
  // Its driver is loaded by those who use it.
  const { PostgresHold } = await import('./postgres/postgres-hold.ts')
  const hold = new PostgresHold({ url: place.url, ...options })
  await hold.start()
  return hold
}
