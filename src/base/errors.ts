/**
 * The one error class of Hearth and the table of its kinds.
 *
 * A kind says what sort of thing went wrong and fixes the HTTP status and whether trying again can
 * help; a code names the exact problem and is owned by the feature that throws it (all codes are
 * listed in docs/errors.md). Each wire format has one mapper that turns an AppError into bytes.
 */

interface KindFacts {
  readonly status: number
  /** The `type` of an OpenAI-shaped error. */
  readonly openaiType: string
  readonly retryable: boolean
}

export const ERROR_KINDS = {
  invalid_input: { status: 400, openaiType: 'invalid_request_error', retryable: false },
  unauthenticated: { status: 401, openaiType: 'authentication_error', retryable: false },
  forbidden: { status: 403, openaiType: 'permission_error', retryable: false },
  not_found: { status: 404, openaiType: 'invalid_request_error', retryable: false },
  conflict: { status: 409, openaiType: 'invalid_request_error', retryable: false },
  too_large: { status: 413, openaiType: 'invalid_request_error', retryable: false },
  unprocessable: { status: 422, openaiType: 'invalid_request_error', retryable: false },
  expectation_failed: { status: 417, openaiType: 'invalid_request_error', retryable: false },
  misdirected: { status: 421, openaiType: 'invalid_request_error', retryable: false },
  limited: { status: 429, openaiType: 'rate_limit_error', retryable: true },
  cancelled: { status: 499, openaiType: 'server_error', retryable: false },
  internal: { status: 500, openaiType: 'server_error', retryable: false },
  upstream: { status: 502, openaiType: 'server_error', retryable: true },
  unavailable: { status: 503, openaiType: 'server_error', retryable: true },
  timeout: { status: 504, openaiType: 'server_error', retryable: true },
  loop: { status: 508, openaiType: 'invalid_request_error', retryable: false },
} as const satisfies Record<string, KindFacts>

export type ErrorKind = keyof typeof ERROR_KINDS

export interface AppErrorOptions {
  /** The request field at fault, as a path such as `messages[0].role`. */
  readonly param?: string
  /** Facts for the caller. Leaves the process, so it holds neither secrets nor content. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
  /** When trying again makes sense, in seconds; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number
}

const MARK = Symbol.for('hearth.error')

/** An error somebody can act on: `message` says what happened and what to do about it. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly [MARK] = true
  readonly kind: ErrorKind
  readonly code: string
  readonly param: string | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(kind: ErrorKind, code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
    this.code = code
    this.param = options.param
    this.details = options.details
    this.retryAfterSeconds = options.retryAfterSeconds
  }

  get status(): number {
    return ERROR_KINDS[this.kind].status
  }
}

export function isAppError(value: unknown): value is AppError {
  return typeof value === 'object' && value !== null && MARK in value
}

/** Any thrown value as an AppError; what nobody foresaw becomes `internal_error`, its cause kept. */
export function toAppError(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown
  return new AppError(
    'internal',
    'internal_error',
    'Hearth failed in a way it did not foresee. The log has the cause under this correlation id.',
    { cause: thrown },
  )
}

/** The `code` of a system or library error (`ECONNREFUSED`), or undefined. */
export function systemCode(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/** One line about a thrown value, for a log line or a message to a person. */
export function describe(thrown: unknown): string {
  if (thrown instanceof Error) {
    const code = systemCode(thrown)
    if (thrown.message) return thrown.message
    return code ?? thrown.name
  }
  return String(thrown)
}
