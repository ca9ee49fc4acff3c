import { docsPage, openApiDocument, type Router } from '#platform/http/index'
import type { Metrics } from '#platform/metrics/index'
import { statusRoutes } from './contract.ts'
import type { HouseStatus } from './house-status.ts'

const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
}

export function addStatusRoutes(
  router: Router,
  options: { house: HouseStatus; metrics: Metrics; version: string },
): void {
  const { house, metrics, version } = options
  router.handle(statusRoutes.health, () => ({
    headers: { 'cache-control': 'no-store' },
    body: house.health(),
  }))
  router.handle(statusRoutes.status, () => ({ body: house.status() }))
  router.handle(statusRoutes.metrics, async () => {
    const { contentType, body } = await metrics.text()
    return { headers: { 'content-type': contentType }, body }
  })
  router.handle(statusRoutes.openapi, () => ({ body: openApiDocument(router.routes, version) }))
  router.handle(statusRoutes.docs, () => ({ headers: PAGE_HEADERS, body: docsPage(router.routes, version) }))
  router.handle(statusRoutes.root, () => ({ status: 302, headers: { location: 'docs' } }))
}
