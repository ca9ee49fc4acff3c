import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Roster } from './roster.ts'

const entry = (name: string) => ({ name, rosterPlace: -1 })

function namesIn(roster: Roster<ReturnType<typeof entry>>): string[] {
  return roster
    .entries()
    .map(({ name }) => name)
    .sort()
}

test('a roster holds what was added and not taken out, whatever the order', () => {
  const roster = new Roster<ReturnType<typeof entry>>()
  const [a, b, c] = [entry('a'), entry('b'), entry('c')]
  for (const added of [a, b, c, b]) roster.add(added)
  assert.deepEqual([namesIn(roster), roster.size], [['a', 'b', 'c'], 3])
  roster.delete(a)
  roster.delete(a)
  assert.deepEqual(namesIn(roster), ['b', 'c'])
  roster.delete(c)
  roster.add(a)
  roster.delete(b)
  assert.deepEqual(namesIn(roster), ['a'])
  roster.delete(a)
  assert.deepEqual([namesIn(roster), roster.size], [[], 0])
})
