import type { Router } from '#platform/http/index'
import { dialectRoutes } from './contract.ts'
import type { Fields } from './dialect.ts'
import { responseNotCancellable, responseNotFound, tokensNotCountable } from './errors.ts'
import { pageOf } from './responses/page-of.ts'
import type { StoredResponse, StoredResponses } from './responses/stored-responses.ts'

/** What is asked of stored responses, and the promise of the routes that the relay answers before the router. */
export function addDialectRoutes(router: Router, { stored }: { stored: StoredResponses }): void {
  const found = (keyId: string, id: string): StoredResponse => {
    const response = stored.get(keyId, id)
    if (response === undefined) throw responseNotFound(id)
    return response
  }

  router.declare(dialectRoutes.responses)
  router.declare(dialectRoutes.messages)
  router.handle(dialectRoutes.getResponse, ({ actor, params }) => ({
    body: found(actor.keyId, params.id).response,
  }))
  router.handle(dialectRoutes.deleteResponse, ({ actor, params: { id } }) => {
    if (!stored.delete(actor.keyId, id)) throw responseNotFound(id)
    const body: Fields = { id, object: 'response', deleted: true }
    return { body }
  })
  router.handle(dialectRoutes.listInputItems, ({ actor, params, query }) => ({
    body: pageOf(found(actor.keyId, params.id).input, query),
  }))
  router.handle(dialectRoutes.cancelResponse, ({ actor, params }) => {
    found(actor.keyId, params.id)
    throw responseNotCancellable()
  })
  router.handle(dialectRoutes.countTokens, () => {
    throw tokensNotCountable()
  })
}
