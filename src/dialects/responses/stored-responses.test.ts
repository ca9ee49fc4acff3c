import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ManualClock } from '../../../test/contracts/manual-clock.ts'
import { StoredResponses } from './stored-responses.ts'

const LIMITS = { most: 3, mostBytes: 10_000, keyShare: 1, ageMs: 1_000 }

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
    const ids = new Set(['in_a', 'msg_a', 'msg_b'])
    assert.deepEqual([...responses.itemsOf('mine', ids).keys()], ['in_a', 'msg_a'])
    assert.equal(responses.itemsOf('theirs', ids).size, 0)
    assert.equal(responses.delete('mine', 'a'), true)
    assert.equal(responses.get('mine', 'a'), undefined)
    assert.deepEqual([responses.count, responses.sizeBytes], [0, 0])
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
    assert.ok(responses.sizeBytes <= LIMITS.mostBytes)
    assert.equal(responses.put('k', stored('d', 20_000)), false)
    assert.equal(responses.get('k', 'd'), undefined)
    assert.equal(responses.count, 2, 'and what was there stays')
  })

  test('of one key make no room by dropping those of another', () => {
    const responses = new StoredResponses(new ManualClock(), { ...LIMITS, most: 8, keyShare: 1 / 4 })
    responses.put('k', stored('a'))
    for (const id of ['b', 'c', 'd']) responses.put('other', stored(id))
    for (const id of ['e', 'f']) responses.put('large', stored(id, 2_000))
    assert.equal(responses.put('large', stored('g', 2_500)), false)
    assert.deepEqual(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((id) =>
        ['k', 'other', 'large'].some((key) => responses.get(key, id) !== undefined),
      ),
      [true, false, true, true, false, true],
    )
  })

  test('take the memory of their text, not of what it says', () => {
    const responses = new StoredResponses(new ManualClock())
    const lists = `[${'[],'.repeat(1_000_000)}[]]`
    responses.put('k', { response: { id: 'a', output: [], tools: JSON.parse(lists) as unknown }, input: [] })
    assert.equal(responses.sizeBytes, lists.length + '{"id":"a","output":[],"tools":}[]'.length)
    const { response } = responses.get('k', 'a')!
    assert.equal((response.tools as unknown[]).length, 1_000_001)
    assert.notEqual(responses.get('k', 'a')!.response, response, 'nothing parsed is kept')
  })

  test('count the bytes of their text', () => {
    const responses = new StoredResponses(new ManualClock(), LIMITS)
    assert.equal(
      responses.put('k', { response: { id: 'a', output: [] }, input: [{ text: '☕'.repeat(4_000) }] }),
      false,
    )
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
    assert.deepEqual([responses.count, responses.sizeBytes], [0, 0])
  })
})
