import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#base/time'
import { FailedAttempts } from './failed-attempts.ts'

test('an address that fails often is refused until its minute is over; others are not', () => {
  let now = 0
  const attempts = new FailedAttempts({ ...systemClock, monotonic: () => now })
  for (let failure = 0; failure < 50; failure++) attempts.note('10.0.0.1')
  now = 30_000
  assert.throws(() => attempts.note('10.0.0.1'), { code: 'too_many_attempts', retryAfterSeconds: 30 })
  attempts.note('10.0.0.2')
  now = 60_000
  attempts.note('10.0.0.1')
})
