import { describe, ERROR_KINDS, isAppError, type AppError } from '#base/errors'
import { generationFailed } from '../errors.ts'

/** Whatever is no AppError came from the engine while it worked. */
export function engineError(thrown: unknown): AppError {
  return isAppError(thrown) ? thrown : generationFailed(describe(thrown), thrown)
}

/** An error in OpenAI's shape. */
export function openaiError(error: AppError): object {
  return {
    error: {
      message: error.message,
      type: ERROR_KINDS[error.kind].openaiType,
      param: error.param ?? null,
      code: error.code,
    },
  }
}
