import { AppError } from '#base/errors'
import { namesAnEmbedder } from '#base/text'

/** A model as `GET /v1/models` lists it. */
export interface ListedModel {
  readonly id: string
  readonly owned_by: string
}

/**
 * The model that a person means who names none: the first that fits, the self-test where there is no other.
 * No host says what a model is for, but servers list embedding models beside the others (LM Studio often
 * first), and their names say so.
 *
 * @throws AppError `no_models` where there is nothing to choose from.
 */
export function chooseModel(models: readonly ListedModel[], purpose: 'chat' | 'embed'): ListedModel {
  const real = models.filter((model) => !isSelftest(model))
  const fitting = real.find(({ id }) => namesAnEmbedder(id) === (purpose === 'embed'))
  const chosen = fitting ?? real[0] ?? models[0]
  if (chosen !== undefined) return chosen
  throw new AppError(
    'not_found',
    'no_models',
    'There is no model to ask. `hearth status` shows what each host says. `hearth serve --host-url URL` adds a model server.',
  )
}

export function isSelftest(model: ListedModel): boolean {
  return model.owned_by === 'hearth-selftest'
}
