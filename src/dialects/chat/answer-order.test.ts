import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isAppError } from '#base/errors'
import { AnswerOrder, type ContentPiece } from './answer-order.ts'

const call = (index: number, text: string, name?: string): ContentPiece => ({
  kind: 'call',
  index,
  text,
  ...(name !== undefined && { name, id: `id_${index}` }),
})
const text = (words: string): ContentPiece => ({ kind: 'text', text: words })
const unreadable = (error: unknown) => isAppError(error) && error.code === 'answer_unreadable'

/** What came out after each piece, and at the end. */
function ordered(...pieces: readonly ContentPiece[]): string[] {
  const order = new AnswerOrder()
  return [...pieces.map((piece) => order.take(piece)), order.end()].map((steps) =>
    steps.map((step) => (step.kind === 'call' ? `<${step.name}>` : step.text)).join(''),
  )
}

suite('the parts of an answer', () => {
  test('pass at once while one follows the other', () => {
    assert.deepEqual(
      ordered(text('a'), call(0, '{"x"', 'f'), call(0, ':1}'), call(1, '{}', 'g'), text('b')),
      ['a', '<f>{"x"', ':1}', '<g>{}', 'b', ''],
    )
  })

  test('wait for an open call until its arguments are whole', () => {
    assert.deepEqual(
      ordered(call(0, '', 'f'), call(1, '{"y":', 'g'), call(0, '{"x":1}'), call(1, '2}'), text('c')),
      ['<f>', '', '{"x":1}<g>{"y":', '2}', 'c', ''],
    )
  })

  test('come at the end where the arguments never are', () => {
    assert.deepEqual(ordered(call(0, '{"x', 'f'), call(1, '{}', 'g'), text('c')), [
      '<f>{"x',
      '',
      '',
      '<g>{}c',
    ])
  })

  test('keep what came before the name of a call', () => {
    assert.deepEqual(ordered(call(0, '{"x":'), call(0, '1}', 'f')), ['', '<f>{"x":1}', ''])
  })

  test('are told apart by the ids of calls that share an index', () => {
    const piece = (id: string | undefined, words: string, name?: string): ContentPiece => ({
      kind: 'call',
      index: 0,
      text: words,
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
    })
    assert.deepEqual(ordered(piece('a', '{"x":1}', 'f'), piece('b', '{"y":2}', 'f')), [
      '<f>{"x":1}',
      '<f>{"y":2}',
      '',
    ])
    assert.deepEqual(
      ordered(piece('a', '{', 'f'), piece('b', '{', 'g'), piece(undefined, '}'), piece('a', '}', 'f')),
      ['<f>{', '', '', '}<g>{}', ''],
    )
    assert.deepEqual(ordered(piece('a', '{', 'f'), piece('a', '', 'f'), piece('b', '}')), [
      '<f>{',
      '',
      '}',
      '',
    ])
  })

  test('are refused where a call has no name, goes on after its end, or there is no end of calls', () => {
    assert.throws(() => ordered(call(0, '{}')), unreadable)
    assert.throws(() => ordered(call(0, '{}', 'f'), call(1, '{}', 'g'), call(0, '{}')), unreadable)
    assert.doesNotThrow(() => ordered(call(0, '{}', 'f'), call(1, '{}', 'g'), call(0, '\n')))
    const many = Array.from({ length: 257 }, (_, index) => call(index, '{}', 'f'))
    assert.throws(() => ordered(...many), unreadable)
  })
})
