import type { JobRow } from '#platform/jobs/index'
import type { Job } from './contract.ts'

/** A job as the API shows it. Its payload stays inside: it may name places. */
export function presentJob(job: JobRow): Job {
  return {
    id: job.id,
    kind: job.kind,
    state: job.state,
    progress: job.progress === null ? null : { ...job.progress },
    error: job.error === null ? null : { ...job.error },
    result: job.result,
    attempt: job.attempt,
    correlation_id: job.correlationId,
    created_at: job.createdAt,
    finished_at: job.finishedAt,
  }
}
