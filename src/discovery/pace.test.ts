import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { ManualClock } from '../../test/contracts/manual-clock.ts'
import { Pace } from './pace.ts'

async function turnsWithin(ms: number, stepMs: number, wanted: number): Promise<number> {
  const clock = new ManualClock()
  const pace = new Pace({ clock, perSecond: 50 })
  const { signal } = new AbortController()
  let turns = 0
  for (let count = 0; count < wanted; count++) void pace.turn(signal).then(() => turns++)
  for (let at = 0; at < ms; at += stepMs) {
    clock.advance(stepMs)
    await setImmediate()
  }
  return turns
}

test('so many turns are given in a second and no more', async () => {
  assert.equal(await turnsWithin(1_000, 10, 500), 51)
  assert.equal(await turnsWithin(3_000, 10, 500), 151)
})

test('a pause is not made up for', async () => {
  const clock = new ManualClock()
  const pace = new Pace({ clock, perSecond: 10 })
  const { signal } = new AbortController()
  await pace.turn(signal)
  clock.advance(60_000)
  let turns = 0
  for (let count = 0; count < 20; count++) void pace.turn(signal).then(() => turns++)
  await setImmediate()
  assert.equal(turns, 1)
})

test('who waits for a turn is let go when the work is stopped', async () => {
  const pace = new Pace({ clock: new ManualClock(), perSecond: 1 })
  const stop = new AbortController()
  await pace.turn(stop.signal)
  const waiting = pace.turn(stop.signal)
  stop.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
})
