import { AppError, type ErrorKind } from '#base/errors'
import type { PullJob } from '#catalog/contract'

/** A job keeps the code of its error and not the kind, which says how a command exits. */
const KINDS: Readonly<Record<string, ErrorKind>> = {
  disk_space_short: 'conflict',
  download_cut: 'upstream',
  download_too_long: 'upstream',
  job_cancelled: 'cancelled',
  job_payload_invalid: 'invalid_input',
  model_exists: 'conflict',
  model_file_damaged: 'invalid_input',
  model_file_unreadable: 'internal',
  model_format_unsupported: 'invalid_input',
  model_gated: 'forbidden',
  model_hash_mismatch: 'conflict',
  model_not_gguf: 'invalid_input',
  model_source_not_found: 'not_found',
  model_source_refused: 'invalid_input',
  model_source_unavailable: 'upstream',
  stage_busy: 'conflict',
}

const CANCELLED = { code: 'job_cancelled', message: 'The download was cancelled.' }

/** Why a download that has ended brought no model; undefined where it did. */
export function pullFailure(job: PullJob): AppError | undefined {
  if (job.state === 'succeeded') return undefined
  const { code, message } = job.state === 'failed' && job.error !== null ? job.error : CANCELLED
  const details = { job: job.id, correlation_id: job.correlation_id }
  return new AppError(KINDS[code] ?? 'internal', code, message, { details })
}
