import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scopeAllows, SCOPES } from './actor.ts'
import { AppError, isAppError, toAppError } from './errors.ts'
import { isCallerCorrelationId, RandomIds, traceIdOf } from './ids.ts'
import { redact } from './redact.ts'
import { formatBytes, formatDuration, nearNames } from './text.ts'

test('admin contains operate, operate contains view, and relay stands beside them', () => {
  const allowed = SCOPES.map((held) => [held, SCOPES.filter((needed) => scopeAllows(held, needed))])
  assert.deepEqual(allowed, [
    ['relay', ['relay']],
    ['view', ['view']],
    ['operate', ['relay', 'view', 'operate']],
    ['admin', ['relay', 'view', 'operate', 'admin']],
  ])
})

test('ids have their forms and do not repeat, also past the end of a block', () => {
  const ids = new RandomIds()
  const seen = new Set(Array.from({ length: 2_000 }, () => ids.correlationId()))
  assert.equal(seen.size, 2_000)
  for (const id of seen) assert.match(id, /^[\da-f]{32}$/)
  assert.match(ids.spanId(), /^[\da-f]{16}$/)
  assert.match(ids.id('key'), /^key_[\da-f]{24}$/)
})

test('a traceparent is adopted only in its exact form', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  assert.equal(traceIdOf(`00-${traceId}-00f067aa0ba902b7-01`), traceId)
  assert.equal(traceIdOf(`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`), undefined)
  assert.equal(traceIdOf(`00-${traceId.toUpperCase()}-00f067aa0ba902b7-01`), undefined)
  assert.equal(traceIdOf('nonsense'), undefined)
  assert.equal(traceIdOf(undefined), undefined)
})

test('a correlation id of a caller has letters, digits and hyphens, 64 at most', () => {
  assert.ok(isCallerCorrelationId('Job-42'))
  for (const bad of ['', 'a b', 'a\nb', 'ü', 'x'.repeat(65)]) assert.ok(!isCallerCorrelationId(bad), bad)
})

test('secrets are taken out of text', () => {
  const text = redact(
    'GET http://ada:hunter2@host/v1?api_key=hunter3&x=1 Authorization: Bearer hunter4.abc key hearth_abcdefghijklmnopqrstuvwxyz sk-abcdefghijklmnopqrstu',
  )
  assert.doesNotMatch(text, /hunter|abcdefghijkl/)
  assert.match(text, /http:\/\/\*\*\*@host\/v1\?api_key=\*\*\*&x=1/)
})

test('a password that was not percent-encoded is taken out whole, and the example of a message is kept', () => {
  const text = redact('at postgres://ada:hun@ter/hunter?hun#ter@db:5432/hearth now')
  assert.equal(text, 'at postgres://***@db:5432/hearth now')
  const example = 'such as postgres://USER:PASSWORD@HOST:5432/DATABASE'
  assert.equal(redact(example), example)
})

test('near names are found by likeness, far ones are not', () => {
  const names = ['llama-3.1-8b', 'qwen2.5-coder', 'mistral-7b']
  assert.deepEqual(nearNames('llama-3-8b', names), ['llama-3.1-8b'])
  assert.deepEqual(nearNames('qwen', names), ['qwen2.5-coder'])
  assert.deepEqual(nearNames('zzzzzzzzzzzzzzzzzzzz', names), [])
})

test('sizes and durations read like words', () => {
  assert.deepEqual([0, 1023, 1024, 1_610_612_736].map(formatBytes), ['0 B', '1023 B', '1.0 KiB', '1.5 GiB'])
  assert.deepEqual([850, 12_000, 185_000, 7_440_000].map(formatDuration), [
    '850 ms',
    '12 s',
    '3 min 5 s',
    '2 h 4 min',
  ])
})

test('what nobody foresaw becomes an internal error that keeps its cause', () => {
  const cause = new TypeError('boom')
  const error = toAppError(cause)
  assert.ok(isAppError(error) && error.kind === 'internal' && error.status === 500)
  assert.equal(error.cause, cause)
  assert.doesNotMatch(error.message, /boom/)
  const known = new AppError('limited', 'x', 'y')
  assert.equal(toAppError(known), known)
})
