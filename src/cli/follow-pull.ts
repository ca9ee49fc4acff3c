import { ERROR_KINDS, isAppError } from '#base/errors'
import { sleep, type Clock } from '#base/time'
import type { PullJob } from '#catalog/contract'

export interface FollowPullOptions {
  readonly look: () => Promise<PullJob>
  readonly onLook: (job: PullJob) => void
  readonly clock: Clock
  /** Ends the watching with its reason; the download is not touched. */
  readonly signal: AbortSignal
}

const LOOK_EVERY_MS = 500
/** A server that restarts takes the download up again, so it may be away for a while. */
const AWAY_MS = 15_000

/** Looks at a download until it has ended, well or not; rejects with the signal's reason, or why it cannot look. */
export async function followPull({ look, onLook, clock, signal }: FollowPullOptions): Promise<PullJob> {
  let seenAt = clock.monotonic()
  for (;;) {
    signal.throwIfAborted()
    try {
      const job = await look()
      seenAt = clock.monotonic()
      onLook(job)
      if (job.finished_at !== null) return job
    } catch (error) {
      if (!mayPass(error) || clock.monotonic() - seenAt >= AWAY_MS) throw error
    }
    await sleep(clock, LOOK_EVERY_MS, signal)
  }
}

function mayPass(error: unknown): boolean {
  return isAppError(error) && ERROR_KINDS[error.kind].retryable
}
