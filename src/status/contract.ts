import { z } from 'zod'
import { defineRoutes } from '#base/route-contract'
import { optionsSchema } from '#options/contract'

export const healthSchema = z.object({
  ok: z.literal(true),
  instance: z.string().describe('This running Hearth; another one recognises itself by it.'),
  version: z.string(),
  ready: z.boolean().describe('Whether a model can be asked now.'),
  models: z.int(),
  hosts: z.object({ ok: z.int(), down: z.int(), unknown: z.int() }),
})
export type Health = z.infer<typeof healthSchema>

const lastError = z.object({ message: z.string(), at: z.int() })

export const hostStatusSchema = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['remote', 'embedded']),
  discovered: z.boolean().describe('Found by itself, not named by the owner.'),
  engine: z.string().describe('The software on it, as far as it says.'),
  version: z.string().nullable(),
  state: z.enum(['unknown', 'ok', 'down']),
  models: z.array(z.string()),
  loaded: z.array(z.string()).describe('Models in memory, where it says.'),
  slots: z.object({ count: z.int(), source: z.enum(['config', 'host', 'default']) }),
  latency_ms: z.number().nullable().describe('How long it took to list its models last.'),
  probed_at: z.int().nullable(),
  failures: z.object({ total: z.int(), in_a_row: z.int() }),
  last_error: lastError.nullable(),
})

export const modelStatusSchema = z.object({
  id: z.string(),
  hosts: z.array(z.string()).describe('Names of the hosts that have it, most preferred first.'),
  available: z.boolean().describe('Whether one of them is not down.'),
  selftest: z.boolean().describe('A self-test of the pipeline, not a language model.'),
})

export const embeddedStatusSchema = z.object({
  id: z.string(),
  state: z.enum(['unloaded', 'loading', 'ready', 'backoff']),
  progress: z.number().describe('How much is loaded, 0 to 1.'),
  context_length: z.int().nullable(),
  pid: z.int().nullable(),
  restarts: z.int(),
  error: z.string().nullable(),
})

export const statusSchema = z.object({
  ok: z.literal(true),
  lm_ready: z.boolean().describe('Whether a model can be asked now.'),
  sessions_active: z.int(),
  catalog: z.record(z.string(), z.array(z.string())).describe('Models by the address of their host.'),
  host_health: z.record(z.string(), z.enum(['ok', 'down'])).describe('By address.'),
  auto_discovery: z.boolean(),
  lock_hosts: z.boolean(),
  options: optionsSchema,
  updated_at: z.iso.datetime(),
  version: z.string(),
  instance: z.string(),
  pid: z.int(),
  started_at: z.int(),
  ready: z.boolean(),
  urls: z.array(z.string()),
  hosts: z.array(hostStatusSchema),
  models: z.array(modelStatusSchema),
  embedded: z.array(embeddedStatusSchema),
  requests: z.object({ active: z.int(), waiting: z.int() }),
})
export type Status = z.infer<typeof statusSchema>

export const statusRoutes = defineRoutes({
  health: {
    method: 'GET',
    path: '/health',
    scope: 'open',
    tag: 'Status',
    summary: 'Whether this Hearth answers and can answer with a model. Cheap: it asks no host.',
    errors: 'api',
    answers: { 200: { description: 'It answers.', schema: healthSchema } },
  },
  status: {
    method: 'GET',
    path: '/api/status',
    scope: 'view',
    tag: 'Status',
    summary: 'Which models are served by whom, and how each host is.',
    errors: 'api',
    answers: { 200: { description: 'The state of this Hearth now.', schema: statusSchema } },
  },
  metrics: {
    method: 'GET',
    path: '/metrics',
    scope: 'view',
    tag: 'Status',
    summary: 'Series for Prometheus.',
    errors: 'api',
    answers: { 200: { description: 'Prometheus text format.', contentType: 'text/plain; charset=utf-8' } },
  },
  openapi: {
    method: 'GET',
    path: '/openapi.json',
    scope: 'open',
    tag: 'Documentation',
    summary: 'This API as an OpenAPI 3.1 document.',
    errors: 'api',
    answers: {
      200: { description: 'The document.', schema: z.looseObject({ openapi: z.literal('3.1.0') }) },
    },
  },
  docs: {
    method: 'GET',
    path: '/docs',
    scope: 'open',
    tag: 'Documentation',
    summary: 'This API as a page for people.',
    errors: 'api',
    answers: { 200: { description: 'A page.', contentType: 'text/html; charset=utf-8' } },
  },
  root: {
    method: 'GET',
    path: '/',
    scope: 'open',
    tag: 'Documentation',
    summary: 'Leads to /docs.',
    errors: 'api',
    answers: { 302: { description: 'Go to /docs.' } },
  },
})
