import { AppError } from '#base/errors'

/** Errors of the parent side: a model cannot be reached. */

export function modelLoadFailed(
  model: { readonly id: string; readonly path: string },
  reason: string,
  retryAfterSeconds?: number,
): AppError {
  return new AppError(
    'unavailable',
    'model_load_failed',
    `The model ${model.id} could not be loaded from ${model.path}: ${withoutFullStop(reason)}. ` +
      'Check that the file is a complete GGUF and that memory suffices, or choose another model.',
    retryAfterSeconds === undefined ? {} : { retryAfterSeconds },
  )
}

export function modelCrashed(
  model: { readonly id: string },
  reason: string,
  retryAfterSeconds: number,
): AppError {
  return new AppError(
    'unavailable',
    'model_crashed',
    `The model ${model.id} keeps ending unexpectedly (${withoutFullStop(reason)}). ` +
      'Hearth starts it again after a pause; if it stays so, give it less context or choose another model.',
    { retryAfterSeconds },
  )
}

export function embeddedModelUnknown(id: string): AppError {
  return new AppError(
    'not_found',
    'embedded_model_unknown',
    `The embedded engine has no model ${id}. Ask for one of the listed models.`,
  )
}

export function embeddedModelRemoved(id: string): AppError {
  return new AppError(
    'unavailable',
    'embedded_model_removed',
    `The model ${id} was removed while it was being loaded. Choose another model.`,
  )
}

export function engineClosed(): AppError {
  return new AppError(
    'unavailable',
    'engine_closed',
    'The embedded engine is shutting down. Try again when Hearth is up.',
  )
}

export function socketPathTooLong(path: string): AppError {
  return new AppError(
    'internal',
    'socket_path_too_long',
    `The socket path ${path} is longer than the system allows. Set TMPDIR to a shorter folder.`,
  )
}

/** Errors of the child side: a request cannot be answered. */

export function invalidRequest(message: string, param?: string): AppError {
  return new AppError('invalid_input', 'invalid_request', message, param === undefined ? {} : { param })
}

export function unsupportedParameter(param: string, what: string): AppError {
  return new AppError(
    'invalid_input',
    'unsupported_parameter',
    `The embedded engine cannot do ${what}. Leave out ${param}, or choose a model on another host.`,
    { param },
  )
}

export function unsupportedJsonSchema(param: string, problem: string): AppError {
  return new AppError(
    'invalid_input',
    'unsupported_json_schema',
    `The embedded engine cannot hold an answer to this JSON Schema: ${problem}. Change the schema at ${param}.`,
    { param },
  )
}

export function contextLengthExceeded(param: string, tokens: number, limit: number): AppError {
  return new AppError(
    'invalid_input',
    'context_length_exceeded',
    `The prompt has ${tokens} tokens and the model takes at most ${limit}. Shorten it, or give the model more context.`,
    { param, details: { tokens, limit } },
  )
}

export function modelCannotGenerate(id: string): AppError {
  return new AppError(
    'invalid_input',
    'model_cannot_generate',
    `The model ${id} only makes embeddings. Choose a model that generates text.`,
    { param: 'model' },
  )
}

export function modelCannotEmbed(id: string, why: string): AppError {
  return new AppError(
    'invalid_input',
    'model_cannot_embed',
    `The model ${id} makes no embeddings: ${why}. Choose an embedding model.`,
    { param: 'model' },
  )
}

export function bodyTooLarge(limit: string): AppError {
  return new AppError('too_large', 'request_too_large', `The request is larger than ${limit}. Send less.`)
}

export function routeUnknown(method: string, path: string): AppError {
  return new AppError(
    'not_found',
    'route_unknown',
    `The embedded engine has no ${method} ${path}. It serves /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models and /health.`,
  )
}

export function generationFailed(reason: string, cause: unknown): AppError {
  return new AppError(
    'internal',
    'generation_failed',
    `The model failed while answering: ${withoutFullStop(reason)}. Try again; if it stays so, give the model less context.`,
    { cause },
  )
}

function withoutFullStop(text: string): string {
  return text.trim().replace(/[.\s]+$/, '')
}
