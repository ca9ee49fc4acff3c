import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs } from './backoff.ts'

test('the pause doubles from one second and stays at a minute', () => {
  assert.deepEqual([1, 2, 3, 6, 7, 50].map(backoffMs), [1000, 2000, 4000, 32_000, 60_000, 60_000])
})
