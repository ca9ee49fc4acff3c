import type { HouseModel } from '#hosts/index'

/** A model under one of its names. */
export interface NamedModel {
  readonly name: string
  readonly model: HouseModel
  readonly isAlias: boolean
}

/**
 * Every name under which a model can be asked: those of the hosts, then the aliases. An alias takes the place of
 * a model of its name, as it does for requests; one that leads nowhere is left out.
 */
export function namedModels(
  models: readonly HouseModel[],
  aliases: ReadonlyMap<string, string>,
): NamedModel[] {
  const byId = new Map(models.map((model) => [model.id, model]))
  const real = models
    .filter(({ id }) => !aliases.has(id))
    .map((model) => ({ name: model.id, model, isAlias: false }))
  const also = [...aliases].flatMap(([name, id]) => {
    const model = byId.get(id)
    return model === undefined ? [] : [{ name, model, isAlias: true }]
  })
  return [...real, ...also]
}
