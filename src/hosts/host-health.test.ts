import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HostHealth } from './host-health.ts'

const faulted = (times: number): HostHealth => {
  const health = new HostHealth()
  health.succeeded()
  for (let fault = 0; fault < times; fault++) health.faulted('5xx', fault)
  return health
}

test('a refused connection counts at once', () => {
  const health = new HostHealth()
  assert.equal(health.state, 'unknown')
  health.unreachable('refused', 7)
  assert.equal(health.state, 'down')
  assert.deepEqual(health.lastError, { message: 'refused', at: 7 })
})

test('faults count five in a row, and a success between them starts anew', () => {
  assert.equal(faulted(4).state, 'ok')
  assert.equal(faulted(5).state, 'down')
  const health = faulted(4)
  health.succeeded()
  health.faulted('5xx', 9)
  assert.equal(health.state, 'ok')
})

test('after faults a probe lets it try again, and one more fault is enough', () => {
  const health = faulted(5)
  health.probed()
  assert.equal(health.state, 'ok')
  health.faulted('5xx', 9)
  assert.equal(health.state, 'down')
})
