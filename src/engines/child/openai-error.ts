import { describe, isAppError, type AppError } from '#base/errors'
import { generationFailed } from '../errors.ts'

/** Whatever is no AppError came from the engine while it worked. */
export function engineError(thrown: unknown): AppError {
  return isAppError(thrown) ? thrown : generationFailed(describe(thrown), thrown)
}
