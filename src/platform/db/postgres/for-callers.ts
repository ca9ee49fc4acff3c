import { AppError } from '#base/errors'

/** What names the server, its user or what it said: for the log and for whoever starts Hearth. */
const SENTENCES: Readonly<Record<string, string>> = {
  database_unreachable: 'The database of Hearth cannot be reached. Try again in a moment.',
  database_busy: 'The database of Hearth is busy with something else. Try again in a moment.',
  disk_full: 'The disk of the database of Hearth is full. Free some space and try again.',
  database_login_refused: 'The database of Hearth does not let it in. The log says why.',
  database_missing: 'The database of Hearth is gone. The log says more.',
  database_not_allowed: 'The database does not allow Hearth what it needs. The log says more.',
  database_failed: 'The database of Hearth could not do what it was asked. The log says why.',
}

/** An error of a running Hearth as its callers may read it: without address and user; the log has the cause. */
export function forCallers(error: AppError): AppError {
  const message = SENTENCES[error.code]
  if (message === undefined) return error
  const { kind, code, details, retryAfterSeconds } = error
  return new AppError(kind, code, message, {
    cause: error,
    ...(details && { details }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  })
}
