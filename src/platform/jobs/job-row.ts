import type { Json } from '#base/json'

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
/** `failed` is the dead letter: nothing starts it again. */
export type JobState = (typeof JOB_STATES)[number]

/** How far a job is, in a unit of its own (bytes, documents); `total` is null while it is unknown. */
export interface JobProgress {
  readonly done: number
  readonly total: number | null
  readonly note: string | null
}

/** A job as everybody may see it. Times are milliseconds since the epoch. */
export interface JobRow {
  readonly id: string
  readonly kind: string
  readonly state: JobState
  readonly key: string | null
  readonly payload: Json
  /** What it returned, once it succeeded. */
  readonly result: Json
  /** Why its last attempt failed; present on a job that will be tried again, too. */
  readonly error: { readonly code: string; readonly message: string } | null
  readonly attempt: number
  readonly maxAttempts: number
  readonly progress: JobProgress | null
  readonly cancelRequested: boolean
  readonly correlationId: string
  readonly actorKeyId: string | null
  readonly createdAt: number
  /** When a queued job may start. */
  readonly runAt: number
  readonly startedAt: number | null
  readonly finishedAt: number | null
}
