import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { addedRatio, interleave, pairedRatio, ratioOfMedians } from './rounds.ts'

suite('rounds', () => {
  test('take turns, each round beginning with another', async () => {
    const order: string[] = []
    const readings = await interleave(['a', 'b', 'c'], 3, (name) => Promise.resolve(order.push(name)))
    assert.equal(order.join(''), 'abcbcacab')
    assert.deepEqual(readings, { a: [1, 6, 8], b: [2, 4, 9], c: [3, 5, 7] })
  })

  test('cancel a slow spell that strikes both of a pair', () => {
    assert.deepEqual(pairedRatio([2, 20, 2], [1, 10, 1]), { value: 2, low: 2, high: 2 })
  })

  test('leave out a hiccup that strikes one', () => {
    assert.deepEqual(ratioOfMedians([2, 90, 2], [1, 1, 1]), { value: 2, low: 2, high: 90 })
  })

  test('tell what is added as a multiple of what the reference adds', () => {
    assert.deepEqual(addedRatio([4, 4, 7], [3, 3, 3], [2, 2, 2]), { value: 2, low: 2, high: 5 })
  })
})
