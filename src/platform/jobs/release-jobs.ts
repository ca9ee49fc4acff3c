import type { Database } from '#platform/db/index'
import { JobStore } from './job-store.ts'

/**
 * Puts every job of a restored database that was running back into the queue, due at once: who held its
 * lease may live on elsewhere, on the database that was copied.
 *
 * @returns how many there were.
 */
export function releaseJobs(database: Database, now: number): Promise<number> {
  return new JobStore(database).release(now)
}
