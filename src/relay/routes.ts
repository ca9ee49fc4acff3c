import type { Router } from '#platform/http/index'
import { relayRoutes } from './contract.ts'

/** The promise of the routes that the relay answers before the router. */
export function addRelayRoutes(router: Router): void {
  for (const route of Object.values(relayRoutes)) router.declare(route)
}
