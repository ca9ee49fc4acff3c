import { AppError } from '#base/errors'

/** @param near names that look like it */
export function modelNotFound(model: string, near: readonly string[]): AppError {
  const hint =
    near.length === 0
      ? 'GET /v1/models lists what there is.'
      : `Did you mean ${near.map((name) => JSON.stringify(name)).join(' or ')}?`
  return new AppError(
    'not_found',
    'model_not_found',
    `No host has the model ${JSON.stringify(model.slice(0, 200))}. ${hint}`,
    {
      param: 'model',
      ...(near.length === 0 ? {} : { details: { near } }),
    },
  )
}
