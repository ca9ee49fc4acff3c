import { z } from 'zod'
import { defineRoutes } from '#base/route-contract'

export const jobSchema = z.object({
  id: z.string(),
  kind: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  progress: z
    .object({ done: z.number(), total: z.number().nullable(), note: z.string().nullable() })
    .nullable()
    .describe('How far it is, in a unit of its own (bytes for downloads).'),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  result: z.unknown(),
  attempt: z.int(),
  correlation_id: z.string(),
  created_at: z.int(),
  finished_at: z.int().nullable(),
})
export type Job = z.infer<typeof jobSchema>

const jobId = z.object({ id: z.string().min(1).max(100) })

/** What happens in the house, as events tell it: ids, states and counts, never content. */
export interface HouseEvents {
  'model-state': { model: string; state: string; progress: number; error: string | null }
  'host-state': { host: string; state: string; models: number }
  job: Job
}

export const activityRoutes = defineRoutes({
  listJobs: {
    method: 'GET',
    path: '/api/jobs',
    scope: 'view',
    tag: 'Activity',
    summary: 'Background jobs, the newest first. Finished ones are kept for 30 days.',
    errors: 'api',
    query: z.object({
      state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
      before: z.string().max(100).optional().describe('The id of the last job of the page before.'),
    }),
    answers: { 200: { description: 'The jobs.', schema: z.object({ items: z.array(jobSchema) }) } },
  },
  getJob: {
    method: 'GET',
    path: '/api/jobs/:id',
    scope: 'view',
    tag: 'Activity',
    summary: 'One job.',
    errors: 'api',
    params: jobId,
    answers: { 200: { description: 'The job.', schema: jobSchema } },
  },
  cancelJob: {
    method: 'POST',
    path: '/api/jobs/:id/cancel',
    scope: 'operate',
    tag: 'Activity',
    summary: 'Cancels a job. A finished job stays as it is.',
    errors: 'api',
    params: jobId,
    answers: { 200: { description: 'The job as it is now.', schema: jobSchema } },
  },
  events: {
    method: 'GET',
    path: '/api/events',
    scope: 'view',
    tag: 'Activity',
    summary: 'What happens, as an event stream.',
    description:
      'Events are `model-state`, `host-state` and `job`. `Last-Event-ID` or `since` replays what is still kept; `gap` says that some is not.',
    errors: 'api',
    query: z.object({
      since: z.coerce.number().int().min(0).optional().describe('The id of the last event known.'),
    }),
    answers: {
      200: { description: 'The events, until the caller leaves.', contentType: 'text/event-stream' },
    },
  },
})
