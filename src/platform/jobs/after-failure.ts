import { ERROR_KINDS, isAppError, toAppError, type AppError } from '#base/errors'

const FIRST_DELAY_MS = 2_000
const LONGEST_DELAY_MS = 10 * 60_000

export interface AfterFailure {
  readonly error: AppError
  /** How long to wait before the next attempt, or undefined where there is none. */
  readonly retryInMs: number | undefined
}

/**
 * What follows an attempt that threw: errors that trying again cannot cure (a bad request, a missing
 * model) end the job, the others wait 2 s, 8 s, 32 s, … up to 10 min, longer where the error says so.
 */
export function afterFailure(thrown: unknown, attempt: number, maxAttempts: number): AfterFailure {
  const error = toAppError(thrown)
  // An unforeseen error is `internal`, which a caller should not repeat; a second attempt may still succeed.
  const curable = ERROR_KINDS[error.kind].retryable || !isAppError(thrown) || error.kind === 'internal'
  if (!curable || attempt >= maxAttempts) return { error, retryInMs: undefined }
  const backOffMs = Math.min(FIRST_DELAY_MS * 4 ** (attempt - 1), LONGEST_DELAY_MS)
  return { error, retryInMs: Math.max(backOffMs, (error.retryAfterSeconds ?? 0) * 1000) }
}
