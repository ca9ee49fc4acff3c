import { ModelPullStore, type PulledFile } from '#catalog/index'
import { KeyStore, type SeenKey } from '#keys/index'
import type { Database } from '#platform/db/index'
import { releaseJobs } from '#platform/jobs/index'

export interface SettledHouse {
  readonly sessionsEnded: number
  readonly jobsReleased: number
  readonly keys: readonly SeenKey[]
  readonly pulled: readonly PulledFile[]
}

/**
 * Changes in a restored database what was only true where and when it was copied: who is logged in, who runs
 * which job, and how far the downloads on that disk were.
 */
export async function settleRestored(database: Database, now: number): Promise<SettledHouse> {
  const keyStore = new KeyStore(database)
  const pulls = new ModelPullStore(database)
  await pulls.forgetDownloads()
  const keys = await keyStore.keys()
  return {
    // Somebody who logged out, or whose key was revoked since, would be logged in again.
    sessionsEnded: await keyStore.endSessions(),
    jobsReleased: await releaseJobs(database, now),
    keys: keys.map(({ id, name, revoked_at: at }) => ({ id, name, isRevoked: at !== null })),
    pulled: await pulls.pulledFiles(),
  }
}
