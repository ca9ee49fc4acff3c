import { ERROR_KINDS, type AppError } from '#base/errors'
import type { ErrorShape } from '#base/route-contract'
import { anthropicError } from './anthropic-error.ts'

/** An error as the OpenAI family says it: `{error: {message, type, param, code}}`. */
export function openAiError(error: AppError): { error: Record<string, unknown> } {
  return {
    error: {
      message: error.message,
      type: ERROR_KINDS[error.kind].openaiType,
      param: error.param ?? null,
      code: error.code,
    },
  }
}

/** An error as `/api` says it: `{error: {code, message, type, details, correlation_id}}`. */
export function apiError(error: AppError, correlationId: string): { error: Record<string, unknown> } {
  return {
    error: {
      code: error.code,
      message: error.message,
      type: error.kind,
      details: { ...error.details, ...(error.param === undefined ? {} : { param: error.param }) },
      correlation_id: correlationId,
    },
  }
}

const BODIES: Record<ErrorShape, (error: AppError, correlationId: string) => Record<string, unknown>> = {
  openai: openAiError,
  api: apiError,
  anthropic: anthropicError,
}

export function errorBody(
  shape: ErrorShape,
  error: AppError,
  correlationId: string,
): Record<string, unknown> {
  return BODIES[shape](error, correlationId)
}

const ANTHROPIC_PATH = /^\/v1\/messages(\/|$)/

/** `/v1/messages` speaks Anthropic, the rest of `/v1/*` OpenAI, everything else `/api`. */
export function shapeForPath(path: string): ErrorShape {
  if (ANTHROPIC_PATH.test(path)) return 'anthropic'
  return path.startsWith('/v1/') || path === '/v1' ? 'openai' : 'api'
}

/** Headers that belong to an error: when to try again, and which credential was missing. */
export function errorHeaders(error: AppError): Record<string, string> {
  return {
    ...(error.retryAfterSeconds === undefined
      ? {}
      : { 'retry-after': String(Math.max(1, Math.ceil(error.retryAfterSeconds))) }),
    ...(error.status === 401 ? { 'www-authenticate': 'Bearer realm="hearth"' } : {}),
  }
}
