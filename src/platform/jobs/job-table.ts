import type { Json } from '#base/json'
import type { JobRow, JobState } from './job-row.ts'

/** The table `job` of migrations/0001-jobs.sql. */
export interface JobTable {
  id: string
  kind: string
  state: JobState
  unique_key: string | null
  payload: string
  result: string | null
  error_code: string | null
  error_message: string | null
  attempt: number
  max_attempts: number
  run_at: number
  lease_node: string | null
  lease_until: number | null
  fence: number
  cancel_requested: number
  progress_done: number | null
  progress_total: number | null
  progress_note: string | null
  correlation_id: string
  actor_key_id: string | null
  created_at: number
  started_at: number | null
  finished_at: number | null
}

export function toJobRow(job: JobTable): JobRow {
  return {
    id: job.id,
    kind: job.kind,
    state: job.state,
    key: job.unique_key,
    payload: JSON.parse(job.payload) as Json,
    result: job.result === null ? null : (JSON.parse(job.result) as Json),
    error: job.error_code === null ? null : { code: job.error_code, message: job.error_message ?? '' },
    attempt: job.attempt,
    maxAttempts: job.max_attempts,
    progress:
      job.progress_done === null
        ? null
        : { done: job.progress_done, total: job.progress_total, note: job.progress_note },
    cancelRequested: job.cancel_requested === 1,
    correlationId: job.correlation_id,
    actorKeyId: job.actor_key_id,
    createdAt: job.created_at,
    runAt: job.run_at,
    startedAt: job.started_at,
    finishedAt: job.finished_at,
  }
}
