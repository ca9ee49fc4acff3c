import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../engine-fixture.test.ts'
import { Slot } from './slot.ts'

const NEVER = new AbortController().signal

function slotUnderTest(): { slot: Slot; clock: ManualClock; told: string[] } {
  const told: string[] = []
  const clock = new ManualClock()
  const slot = new Slot(clock, {
    onBusy: () => told.push('busy'),
    onIdle: () => told.push('idle'),
    onStuck: () => told.push('stuck'),
  })
  return { slot, clock, told }
}

test('one piece of work runs at a time, in the order of asking', async () => {
  const { slot, told } = slotUnderTest()
  const order: string[] = []
  const work = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`)
    await Promise.resolve()
    order.push(`${name} ends`)
  }
  await Promise.all([slot.run(NEVER, work('a')), slot.run(NEVER, work('b'))])
  assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends'])
  assert.deepEqual(told, ['busy', 'idle'])
})

test('failed work passes the turn on', async () => {
  const { slot } = slotUnderTest()
  await assert.rejects(
    slot.run(NEVER, () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.equal(await slot.run(NEVER, () => Promise.resolve('next')), 'next')
})

test('who leaves the wait is never run', async () => {
  const { slot } = slotUnderTest()
  const running = Promise.withResolvers<undefined>()
  const first = slot.run(NEVER, () => running.promise)
  const leaving = new AbortController()
  const second = slot.run(leaving.signal, () => Promise.reject(new Error('must not run')))
  assert.equal(slot.waiting, 1)
  leaving.abort(new Error('gone'))
  await assert.rejects(second, /gone/)
  assert.equal(slot.waiting, 0)
  running.resolve(undefined)
  await first
})

test('work that goes on for 5 s after it was told to stop is stuck; work that obeys is not', async () => {
  for (const obeys of [true, false]) {
    const { slot, clock, told } = slotUnderTest()
    const work = Promise.withResolvers<undefined>()
    const client = new AbortController()
    const run = slot.run(client.signal, () => work.promise)
    await Promise.resolve()
    client.abort()
    clock.advance(4999)
    if (obeys) {
      work.resolve(undefined)
      await run
    }
    clock.advance(1)
    assert.equal(told.includes('stuck'), !obeys)
  }
})
