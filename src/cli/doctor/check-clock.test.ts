import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '#base/errors'
import { ApiClient } from '../api-client.ts'
import { checkClock } from './check-clock.ts'
import type { Situation } from './situation.ts'

const NOON = Date.UTC(2026, 5, 1, 12)
const NOBODY = new AppError('unavailable', 'no_server', 'Nobody.')

function situation(serverClock?: number): Situation {
  const health = {
    ok: true,
    instance: 'i',
    version: '1',
    ready: true,
    models: 1,
    hosts: { ok: 1, down: 0, unknown: 0 },
  } as const
  const client = new ApiClient({ url: 'http://127.0.0.1:9', key: undefined })
  const server =
    serverClock === undefined ? NOBODY : { client, health, clocks: { server: serverClock, own: NOON } }
  return { env: {}, config: NOBODY, data: undefined, server }
}

test('a machine that woke up in 1970 has a wrong clock', () => {
  assert.equal(checkClock(situation(), 86_400_000).level, 'fail')
  assert.equal(checkClock(situation(), NOON).level, 'ok')
})

test('two machines a minute apart are worth a word, seconds are not', () => {
  assert.equal(checkClock(situation(NOON - 3_000), NOON).level, 'ok')
  const finding = checkClock(situation(NOON + 5 * 60_000), NOON)
  assert.equal(finding.level, 'warn')
  assert.match(finding.message, /5 min away/)
})
