import type { AppError } from '#base/errors'

const TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  408: 'timeout_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

/** The `type` of an Anthropic error with this status. */
export function anthropicErrorType(status: number): string {
  return TYPES[status] ?? (status >= 400 && status < 499 ? 'invalid_request_error' : 'api_error')
}

/**
 * An error as Anthropic says it: `{type: "error", error: {type, message}, request_id}`.
 *
 * @param details Hearth's code and parameter; official clients show `details.error_code`
 */
export function anthropicErrorBody(
  type: string,
  message: string,
  correlationId: string | undefined,
  details?: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return {
    type: 'error',
    error: { type, message, ...(details && { details }) },
    ...(correlationId !== undefined && { request_id: correlationId }),
  }
}

/** Hearth's own error in Anthropic's form. */
export function anthropicError(error: AppError, correlationId: string | undefined): Record<string, unknown> {
  return anthropicErrorBody(anthropicErrorType(error.status), error.message, correlationId, {
    error_code: error.code,
    ...(error.param !== undefined && { param: error.param }),
  })
}
