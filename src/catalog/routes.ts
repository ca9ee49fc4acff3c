import type { Router } from '#platform/http/index'
import type { Catalog } from './catalog.ts'
import { catalogRoutes } from './contract.ts'

export function addCatalogRoutes(router: Router, catalog: Catalog): void {
  router.handle(catalogRoutes.listFiles, async () => {
    await catalog.refresh()
    return { body: { items: await catalog.list() } }
  })
  router.handle(catalogRoutes.showFile, async ({ params }) => ({ body: await catalog.show(params.model) }))
  router.handle(catalogRoutes.deleteFile, async ({ params, actor }) => ({
    body: await catalog.delete(params.model, actor),
  }))
  router.handle(catalogRoutes.pull, async ({ body, actor, call }) => {
    const job = await catalog.pull(body, actor, call.correlationId)
    return { status: 202, headers: { location: `/api/jobs/${job.id}` }, body: job }
  })
  router.handle(catalogRoutes.listPulls, async ({ query }) => ({
    body: {
      items: await catalog.pulls({
        limit: query.limit,
        ...(query.before !== undefined && { before: query.before }),
      }),
    },
  }))
  router.handle(catalogRoutes.cancelPull, async ({ params }) => ({
    body: await catalog.cancelPull(params.id),
  }))
}
