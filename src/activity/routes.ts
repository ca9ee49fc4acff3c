import type { EventFeed } from '#platform/events/index'
import type { Router } from '#platform/http/index'
import type { Jobs } from '#platform/jobs/index'
import { activityRoutes, type HouseEvents } from './contract.ts'
import { eventStream } from './event-stream.ts'
import { presentJob } from './present-job.ts'

export function addActivityRoutes(
  router: Router,
  options: { jobs: Jobs; events: EventFeed<HouseEvents>; isUsable: (keyId: string) => boolean },
): void {
  const { jobs, events, isUsable } = options
  router.handle(activityRoutes.listJobs, async ({ query }) => {
    const { state, before, limit } = query
    const rows = await jobs.list({ limit, ...(state && { state }), ...(before !== undefined && { before }) })
    return { body: { items: rows.map(presentJob) } }
  })
  router.handle(activityRoutes.getJob, async ({ params }) => ({
    body: presentJob(await jobs.get(params.id)),
  }))
  router.handle(activityRoutes.cancelJob, async ({ params }) => ({
    body: presentJob(await jobs.cancel(params.id)),
  }))
  router.handle(activityRoutes.events, ({ query, headers, signal, actor }) => ({
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    },
    body: eventStream(events, {
      since: query.since ?? lastEventId(headers['last-event-id']),
      isStillAllowed: () => isUsable(actor.keyId),
      signal,
    }),
  }))
}

function lastEventId(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,16}$/.test(header) ? Number(header) : undefined
}
