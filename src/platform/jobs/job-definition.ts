import type { z } from 'zod'
import { withoutNul } from '#base/text'
import type { JobProgress } from './job-row.ts'

/** What a running job knows and may do. */
export interface JobContext<Payload> {
  readonly id: string
  readonly payload: Payload
  readonly correlationId: string
  readonly actorKeyId: string | null
  /** 1 for the first start. */
  readonly attempt: number
  /** Rises with each start of the job: pass it on to whatever must refuse an outdated runner. */
  readonly fence: number
  /** Aborted when the job is cancelled, this node lost its lease, or Hearth stops. */
  readonly signal: AbortSignal
  /** Says how far the job is; may be called for every chunk, about one a second is kept. */
  progress(progress: { done: number; total?: number | undefined; note?: string | undefined }): void
}

/**
 * A kind of job. `run` may be started again from the beginning at any time (a crash, a stop, an error),
 * so it continues or repeats without harm; it throws an AppError to say whether trying again can help.
 */
export interface JobDefinition<Payload, Result> {
  /** Checks a payload when it is queued and, because an older Hearth may have queued it, again at each start. */
  readonly schema: z.ZodType<Payload>
  /** Starts that may end in an error before the job has failed for good. */
  readonly maxAttempts: number
  /** How many run at once on a node; 1 where it is not given. */
  readonly concurrency?: number
  /** Its result is kept as JSON. */
  readonly run: (job: JobContext<Payload>) => Promise<Result>
}

export type AnyJobDefinition = JobDefinition<unknown, unknown>

/** Fills the gaps of a progress note as it is kept. */
export function toProgress({
  done,
  total,
  note,
}: Parameters<JobContext<unknown>['progress']>[0]): JobProgress {
  return { done, total: total ?? null, note: note === undefined ? null : withoutNul(note) }
}
