import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestApp } from '../harness/test-app.ts'

/** Which key opens what. A change here is a change of what people were promised. */
const SCOPES: Record<string, string> = {
  'POST /v1/chat/completions': 'relay',
  'POST /v1/completions': 'relay',
  'POST /v1/embeddings': 'relay',
  'GET /v1/models': 'relay',
  'GET /v1/models/:model': 'relay',
  'POST /v1/responses': 'relay',
  'GET /v1/responses/:id': 'relay',
  'DELETE /v1/responses/:id': 'relay',
  'GET /v1/responses/:id/input_items': 'relay',
  'POST /v1/responses/:id/cancel': 'relay',
  'POST /v1/messages': 'relay',
  'POST /v1/messages/count_tokens': 'relay',
  'GET /api/v0/models': 'view',
  'GET /api/models/metadata': 'view',
  'GET /health': 'open',
  'GET /api/status': 'view',
  'GET /metrics': 'view',
  'GET /openapi.json': 'open',
  'GET /docs': 'open',
  'GET /': 'open',
  'GET /api/models/files': 'view',
  'GET /api/models/files/:model': 'view',
  'DELETE /api/models/files/:model': 'admin',
  'POST /api/models/pull': 'admin',
  'GET /api/models/pulls': 'view',
  'POST /api/models/pulls/:id/cancel': 'admin',
  'GET /api/jobs': 'view',
  'GET /api/jobs/:id': 'view',
  'POST /api/jobs/:id/cancel': 'operate',
  'GET /api/events': 'view',
  'GET /api/options': 'view',
  'POST /api/options': 'operate',
  'DELETE /api/options/:name': 'operate',
  'GET /api/keys': 'admin',
  'POST /api/keys': 'admin',
  'DELETE /api/keys/:id': 'admin',
  'GET /api/whoami': 'view',
  'POST /api/login-links': 'admin',
  'POST /api/login': 'open',
  'POST /api/logout': 'view',
  'GET /login': 'open',
}

test('every route needs exactly this scope', async () => {
  await using hearth = await TestApp.start()
  const actual = hearth.app.routes.map(({ method, path, scope }) => [`${method} ${path}`, scope])
  assert.deepEqual(Object.fromEntries(actual.sort()), Object.fromEntries(Object.entries(SCOPES).sort()))
})
