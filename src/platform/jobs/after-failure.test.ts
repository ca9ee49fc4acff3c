import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError, type ErrorKind } from '#base/errors'
import { afterFailure } from './after-failure.ts'

const failure = (kind: ErrorKind, retryAfterSeconds?: number) =>
  new AppError(kind, 'code', 'message', retryAfterSeconds === undefined ? {} : { retryAfterSeconds })

test('the wait grows fourfold from 2 s to 10 min', () => {
  const waits = [1, 2, 3, 4, 5, 6, 7].map(
    (attempt) => afterFailure(failure('upstream'), attempt, 100).retryInMs,
  )
  assert.deepEqual(waits, [2_000, 8_000, 32_000, 128_000, 512_000, 600_000, 600_000])
})

test('the last attempt has none after it', () => {
  assert.equal(afterFailure(failure('upstream'), 3, 3).retryInMs, undefined)
})

test('an error that says when to come back is believed, unless that is sooner', () => {
  assert.equal(afterFailure(failure('limited', 60), 1, 3).retryInMs, 60_000)
  assert.equal(afterFailure(failure('limited', 1), 1, 3).retryInMs, 2_000)
})

for (const kind of ['upstream', 'unavailable', 'timeout', 'limited', 'internal'] as const) {
  test(`an error of the kind ${kind} may pass`, () => {
    assert.equal(afterFailure(failure(kind), 1, 3).retryInMs, 2_000)
  })
}

for (const kind of [
  'invalid_input',
  'unauthenticated',
  'forbidden',
  'not_found',
  'conflict',
  'too_large',
] as const) {
  test(`an error of the kind ${kind} does not pass by itself`, () => {
    assert.equal(afterFailure(failure(kind), 1, 3).retryInMs, undefined)
  })
}

test('what nobody foresaw is tried again and named internal_error', () => {
  const { error, retryInMs } = afterFailure(new Error('bug'), 1, 3)
  assert.equal(error.code, 'internal_error')
  assert.equal(retryInMs, 2_000)
})
