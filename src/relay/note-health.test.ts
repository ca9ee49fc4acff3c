import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError, type ErrorKind } from '#base/errors'
import type { ModelHost } from '#hosts/index'
import { ManualClock } from '../../test/contracts/manual-clock.ts'
import { noteHealth } from './note-health.ts'
import type { RelayParts } from './relay-parts.ts'

/** What a fault of this kind does to the health of its host. */
function noted(kind: ErrorKind): string[] {
  const calls: string[] = []
  const health = {
    faulted: () => calls.push('faulted'),
    succeeded: () => calls.push('succeeded'),
  }
  const metrics = { hostFailed: () => calls.push('counted') }
  noteHealth(
    { health, kind: 'openai', name: 'h' } as unknown as ModelHost,
    { kind: 'answered', status: 200, fault: new AppError(kind, 'some_fault', 'It failed.') },
    { clock: new ManualClock(), metrics } as unknown as RelayParts,
  )
  return calls
}

test('a failure of Hearth’s own or the caller’s says nothing of the host', () => {
  assert.deepEqual(noted('upstream'), ['faulted', 'counted'])
  for (const kind of ['internal', 'cancelled', 'invalid_input'] as const) assert.deepEqual(noted(kind), [])
})
