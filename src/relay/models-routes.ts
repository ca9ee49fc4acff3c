import { modelNotFound } from './errors.ts'
import { fieldsForHearth, type Hosts, type HouseModel } from '#hosts/index'
import type { Router } from '#platform/http/index'
import { relayRoutes } from './contract.ts'

/** The catalogue routes, and the promise of those that the relay answers before the router. */
export function addRelayRoutes(
  router: Router,
  options: { hosts: Hosts; instance: string; startedAtSeconds: number },
): void {
  const { hosts, instance, startedAtSeconds } = options
  // Another Hearth that lists this one as its host learns from this header whom it asked.
  const headers = { 'x-hearth-instance': instance }
  const present = ({ id, fields }: HouseModel) => ({
    object: 'model',
    created: startedAtSeconds,
    owned_by: 'unknown',
    ...fields,
    id,
    ...wellFormed(fields),
  })

  router.declare(relayRoutes.chat)
  router.declare(relayRoutes.completions)
  router.declare(relayRoutes.embeddings)
  router.handle(relayRoutes.listModels, async ({ headers: asked }) => {
    // Just after the start a person waits until every host was asked; another Hearth that asks must not, or two
    // that name each other would wait for each other.
    const isHearth = asked['x-hearth-hops'] !== undefined
    if (!isHearth) await hosts.firstRound
    const shown = (model: HouseModel) =>
      isHearth ? { ...present(model), ...fieldsForHearth(model, instance) } : present(model)
    return { headers, body: { object: 'list', data: hosts.models().map(shown) } }
  })
  router.handle(relayRoutes.getModel, async ({ params }) => {
    const id = params.model.replace(/\/$/, '')
    const resolution = await hosts.resolveOrProbe(id)
    const model = hosts.models().find((known) => known.id === id)
    if (model === undefined) throw modelNotFound(id, resolution.kind === 'unknown' ? resolution.near : [])
    return { headers, body: present(model) }
  })

  /** What clients rely on is right whatever the host sent. */
  function wellFormed({ created, owned_by: ownedBy }: HouseModel['fields']): Record<string, unknown> {
    return {
      object: 'model',
      ...(Number.isSafeInteger(created) ? {} : { created: startedAtSeconds }),
      ...(typeof ownedBy === 'string' ? {} : { owned_by: 'unknown' }),
    }
  }
}
