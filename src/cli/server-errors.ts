import { AppError, ERROR_KINDS, type ErrorKind } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'
import { isErrorKind } from './exit-codes.ts'

/** What is known about an answer that is an error. */
export interface FailedAnswer {
  readonly status: number
  readonly text: string
  /** The id under which the server logged the request, from its header. */
  readonly correlationId: string | undefined
}

/**
 * The error of an answer as an AppError again: the form of `/api`, that of the OpenAI family, or whatever
 * a host said that Hearth passed on.
 */
export function errorOfAnswer({ status, text, correlationId }: FailedAnswer): AppError {
  const body = tryParseJson(text)
  return errorOfBody(body, kindOfStatus(status), correlationId) ?? notOurs(status, correlationId)
}

/** The error that an event of a stream carries, or undefined where it carries none. */
export function errorOfEvent(event: unknown, correlationId: string | undefined): AppError | undefined {
  if (!isRecord(event) || event.error === undefined || event.error === null) return undefined
  const type = isRecord(event.error) ? event.error.type : undefined
  return errorOfBody(event, kindOfOpenAiType(type), correlationId)
}

function errorOfBody(body: unknown, fallback: ErrorKind, headerId: string | undefined): AppError | undefined {
  const error = isRecord(body) ? body.error : undefined
  // Some hosts say `{"error": "words"}`.
  if (typeof error === 'string' && error !== '')
    return new AppError(fallback, 'host_error', error, withId({}, headerId))
  if (!isRecord(error) || typeof error.message !== 'string') return undefined
  const { type, code, message, details, correlation_id: bodyId } = error
  const kind = typeof type === 'string' && isErrorKind(type) ? type : fallback
  const id = typeof bodyId === 'string' ? bodyId : headerId
  return new AppError(
    kind,
    typeof code === 'string' ? code : 'host_error',
    message,
    withId(isRecord(details) ? details : {}, id),
  )
}

function withId(
  details: Record<string, unknown>,
  correlationId: string | undefined,
): { details: Record<string, unknown> } {
  return {
    details: { ...details, ...(correlationId === undefined ? {} : { correlation_id: correlationId }) },
  }
}

function kindOfStatus(status: number): ErrorKind {
  const [kind] = Object.entries(ERROR_KINDS).find(([, facts]) => facts.status === status) ?? []
  if (kind !== undefined && isErrorKind(kind)) return kind
  return status >= 500 ? 'upstream' : 'invalid_input'
}

/** Several kinds share `server_error`; in the middle of a stream it is the host that failed. */
function kindOfOpenAiType(type: unknown): ErrorKind {
  if (type === 'server_error') return 'upstream'
  const [kind] = Object.entries(ERROR_KINDS).find(([, { openaiType }]) => openaiType === type) ?? []
  return kind !== undefined && isErrorKind(kind) ? kind : 'upstream'
}

function notOurs(status: number, correlationId: string | undefined): AppError {
  return new AppError(
    kindOfStatus(status),
    'server_answer_unknown',
    `The server answered ${String(status)} in a form that is not Hearth's. Check that HEARTH_URL, or the proxy in front of it, leads to a Hearth.`,
    withId({}, correlationId),
  )
}
