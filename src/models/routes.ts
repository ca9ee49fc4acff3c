import { fieldsForHearth, modelNotFound, type Hosts } from '#hosts/index'
import type { Router } from '#platform/http/index'
import { modelRoutes } from './contract.ts'
import { namedModels, type NamedModel } from './named-models.ts'
import { presentForCathedral, presentForLmStudio, presentMetadata, presentModel } from './present-model.ts'

export interface ModelRouteOptions {
  readonly hosts: Hosts
  /** Real names by alias. */
  readonly aliases: () => ReadonlyMap<string, string>
  /** This Hearth's own instance id. */
  readonly instance: string
  readonly startedAtSeconds: number
}

/** What can be asked, in the forms of OpenAI, LM Studio and Cathedral. */
export function addModelRoutes(router: Router, options: ModelRouteOptions): void {
  const { hosts, aliases, instance, startedAtSeconds } = options
  // Another Hearth that lists this one as its host learns from this header whom it asked.
  const headers = { 'x-hearth-instance': instance }
  const named = (): NamedModel[] => namedModels(hosts.models(), aliases())
  const underName = <Shown extends object>({ name, model, isAlias }: NamedModel, shown: Shown) =>
    isAlias ? { ...shown, id: name, alias_of: model.id } : shown
  const present = (entry: NamedModel) => underName(entry, presentModel(entry.model, startedAtSeconds))

  router.handle(modelRoutes.listModels, async ({ headers: asked }) => {
    // Just after the start a person waits until every host was asked; another Hearth that asks must not, or two
    // that name each other would wait for each other.
    const isHearth = asked['x-hearth-hops'] !== undefined
    if (!isHearth) await hosts.firstRound
    const shown = (entry: NamedModel) =>
      isHearth ? { ...present(entry), ...fieldsForHearth(entry.model, instance) } : present(entry)
    return { headers, body: { object: 'list', data: named().map(shown) } }
  })
  router.handle(modelRoutes.getModel, async ({ params }) => {
    const id = params.model.replace(/\/$/, '')
    const resolution = await hosts.resolveOrProbe(aliases().get(id) ?? id)
    const entry = named().find(({ name }) => name === id)
    if (entry === undefined) throw modelNotFound(id, resolution.kind === 'unknown' ? resolution.near : [])
    return { headers, body: present(entry) }
  })
  router.handle(modelRoutes.listLmStudioModels, async () => {
    await hosts.firstRound
    const models = hosts.models()
    const data = models.map(presentForLmStudio)
    const isLoaded = ({ state }: { state: string }): boolean => state !== 'not-loaded'
    return {
      body: {
        object: 'list',
        data,
        loaded: models.filter(isLoaded).map(presentForCathedral),
        downloaded: models.filter((model) => !isLoaded(model)).map(presentForCathedral),
      },
    }
  })
  router.handle(modelRoutes.listModelMetadata, async () => {
    await hosts.firstRound
    const shown = (entry: NamedModel) => underName(entry, presentMetadata(entry.model, startedAtSeconds))
    return { body: { object: 'list', data: named().map(shown) } }
  })
}
