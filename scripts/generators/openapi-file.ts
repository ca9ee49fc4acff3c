import type { RouteContract } from '#base/route-contract'
import { activityRoutes } from '#activity/contract'
import { catalogRoutes } from '#catalog/contract'
import { dialectRoutes } from '#dialects/contract'
import { keyRoutes } from '#keys/contract'
import { openApiDocument } from '#platform/http/index'
import { modelRoutes } from '#models/contract'
import { optionRoutes } from '#options/contract'
import { packageVersion } from '#platform/process/index'
import { relayRoutes } from '#relay/contract'
import { statusRoutes } from '#status/contract'

/** The OpenAPI document of every contract; a test compares it with what a running Hearth answers. */
export function openApiFile(): string {
  const tables: Record<string, RouteContract>[] = [
    relayRoutes,
    modelRoutes,
    dialectRoutes,
    statusRoutes,
    catalogRoutes,
    activityRoutes,
    optionRoutes,
    keyRoutes,
  ]
  const routes = tables.flatMap((table) => Object.values(table))
  return `${JSON.stringify(openApiDocument(routes, packageVersion()), null, 2)}\n`
}
