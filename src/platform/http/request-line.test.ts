import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from './call.ts'
import { requestLine } from './request-line.ts'

const call: Call = {
  correlationId: 'a'.repeat(32),
  callerCorrelationId: 'job-1',
  receivedAt: 0,
  method: 'POST',
  path: '/v1/chat/completions',
  remoteAddress: '127.0.0.1',
  isHttps: false,
  route: '/v1/chat/completions',
  actor: { keyId: 'key_1', kind: 'app', user: 'x', via: 'key', scope: 'relay' },
}

test('a request line is one line of JSON whatever the names hold', () => {
  const facts = {
    model: 'a "quoted"\nname\u2028',
    host: undefined,
    stream: true,
    wait_ms: 1.23456,
    tokens_in: 3,
  }
  const line = requestLine('2026-01-01T00:00:00.000Z', call, 200, 12.3456, facts)
  assert.ok(!line.includes('\n'))
  assert.deepEqual(JSON.parse(line), {
    level: 'info',
    time: '2026-01-01T00:00:00.000Z',
    msg: 'request',
    correlation_id: 'a'.repeat(32),
    caller_correlation_id: 'job-1',
    method: 'POST',
    route: '/v1/chat/completions',
    status: 200,
    ms: 12.35,
    key_id: 'key_1',
    model: 'a "quoted"\nname\u2028',
    stream: true,
    wait_ms: 1.23,
    tokens_in: 3,
  })
})
