import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ManualClock } from '../../../test/contracts/manual-clock.ts'
import { StoredResponses } from './stored-responses.ts'

const LIMITS = { most: 3, mostChars: 10_000, ageMs: 1_000 }

function stored(id: string, chars = 10) {
  return {
    response: { id, output: [{ id: `msg_${id}`, text: 'x'.repeat(chars) }] },
    input: [{ id: `in_${id}` }],
  }
}

suite('stored responses', () => {
  test('are found by the key that made them, and by no other', () => {
    const responses = new StoredResponses(new ManualClock(), LIMITS)
    assert.equal(responses.put('mine', stored('a')), true)
    assert.equal(responses.get('mine', 'a')?.response.id, 'a')
    assert.equal(responses.get('theirs', 'a'), undefined)
    assert.equal(responses.delete('theirs', 'a'), false)
    assert.deepEqual([...responses.itemsOf('mine').keys()], ['in_a', 'msg_a'])
    assert.equal(responses.itemsOf('theirs').size, 0)
    assert.equal(responses.delete('mine', 'a'), true)
    assert.equal(responses.get('mine', 'a'), undefined)
    assert.deepEqual([responses.count, responses.sizeChars], [0, 0])
  })

  test('make room for new ones, the one not used for longest first', () => {
    const responses = new StoredResponses(new ManualClock(), LIMITS)
    for (const id of ['a', 'b', 'c']) responses.put('k', stored(id))
    responses.get('k', 'a')
    responses.put('k', stored('d'))
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((id) => responses.get('k', id) !== undefined),
      [true, false, true, true],
    )
  })

  test('never hold more than their room, however large they are', () => {
    const responses = new StoredResponses(new ManualClock(), LIMITS)
    for (const id of ['a', 'b', 'c']) responses.put('k', stored(id, 4_500))
    assert.equal(responses.count, 2)
    assert.ok(responses.sizeChars <= LIMITS.mostChars)
    assert.equal(responses.put('k', stored('d', 20_000)), false)
    assert.equal(responses.get('k', 'd'), undefined)
    assert.equal(responses.count, 2, 'and what was there stays')
  })

  test('are gone some time after their last use, without anybody asking', () => {
    const clock = new ManualClock()
    const responses = new StoredResponses(clock, LIMITS)
    responses.put('k', stored('a'))
    clock.advance(900)
    responses.get('k', 'a')
    clock.advance(900)
    assert.ok(responses.get('k', 'a'))
    clock.advance(1_001)
    assert.equal(responses.get('k', 'a'), undefined)
    responses.put('k', stored('b'))
    clock.advance(120_000)
    assert.deepEqual([responses.count, responses.sizeChars], [0, 0])
  })
})
