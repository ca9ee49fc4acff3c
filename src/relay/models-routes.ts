import { modelNotFound } from './errors.ts'
import type { HostModel, Hosts } from '#hosts/index'
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
  const present = (model: HostModel) => ({
    object: 'model',
    created: startedAtSeconds,
    owned_by: 'unknown',
    ...model,
    ...wellFormed(model),
  })

  router.declare(relayRoutes.chat)
  router.declare(relayRoutes.completions)
  router.declare(relayRoutes.embeddings)
  router.handle(relayRoutes.listModels, async ({ headers: asked }) => {
    // Just after the start a person waits until every host was asked; another Hearth that asks must not, or two
    // that name each other would wait for each other.
    if (asked['x-hearth-hops'] === undefined) await hosts.firstRound
    return { headers, body: { object: 'list', data: hosts.models().map(present) } }
  })
  router.handle(relayRoutes.getModel, async ({ params }) => {
    const id = params.model.replace(/\/$/, '')
    const resolution = await hosts.resolveOrProbe(id)
    const model = hosts.models().find((known) => known.id === id)
    if (model === undefined) throw modelNotFound(id, resolution.kind === 'unknown' ? resolution.near : [])
    return { headers, body: present(model) }
  })

  /** What clients rely on is right whatever the host sent. */
  function wellFormed({ created, owned_by: ownedBy }: HostModel): Record<string, unknown> {
    return {
      object: 'model',
      ...(Number.isSafeInteger(created) ? {} : { created: startedAtSeconds }),
      ...(typeof ownedBy === 'string' ? {} : { owned_by: 'unknown' }),
    }
  }
}
