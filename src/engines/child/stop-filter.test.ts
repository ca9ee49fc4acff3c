import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StopFilter } from './stop-filter.ts'

function shown(stops: string[], pieces: string[]): { parts: string[]; rest: string; isStopped: boolean } {
  const filter = new StopFilter(stops)
  const parts = pieces.map((piece) => filter.push(piece))
  return { parts, rest: filter.flush(), isStopped: filter.isStopped }
}

test('text passes at once where no stop sequence can begin', () => {
  assert.deepEqual(shown(['END'], ['one ', 'two']), { parts: ['one ', 'two'], rest: '', isStopped: false })
})

test('only what may become a stop sequence is held back', () => {
  assert.deepEqual(shown(['END'], ['one E', 'N', 'x']), {
    parts: ['one ', '', 'ENx'],
    rest: '',
    isStopped: false,
  })
})

test('a stop sequence across pieces ends the text before it', () => {
  assert.deepEqual(shown(['END'], ['one E', 'ND two', 'three']), {
    parts: ['one ', '', ''],
    rest: '',
    isStopped: true,
  })
})

test('the first of several stop sequences counts, however they overlap', () => {
  assert.deepEqual(shown(['two', 'o t'], ['one two o t']).parts, ['one '])
  assert.deepEqual(shown(['aab', 'ab'], ['xaa', 'b']).parts, ['x', ''])
})

test('what was held back comes at the end of the text', () => {
  assert.deepEqual(shown(['END'], ['one EN']), { parts: ['one '], rest: 'EN', isStopped: false })
})
