import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBodyUsage } from './read-body-usage.ts'

const answer = (content: string, usage?: unknown, after = {}): Buffer =>
  Buffer.from(JSON.stringify({ id: 'c', choices: [{ message: { content } }], usage, ...after }))

test('token counts are read wherever the host writes them', () => {
  const usage = { prompt_tokens: 12, completion_tokens: 345, total_tokens: 357 }
  const expected = { promptTokens: 12, completionTokens: 345 }
  assert.deepEqual(readBodyUsage(answer('hi', usage)), expected)
  assert.deepEqual(readBodyUsage(answer('hi', usage, { timings: 'x'.repeat(5_000) })), expected)
  assert.deepEqual(readBodyUsage(Buffer.from(JSON.stringify({ usage, choices: [] }, null, 4))), expected)
})

test('embeddings have prompt tokens only', () => {
  assert.deepEqual(readBodyUsage(Buffer.from('{"data":[],"usage":{"prompt_tokens":7,"total_tokens":7}}')), {
    promptTokens: 7,
    completionTokens: 0,
  })
})

test('an answer without counts has none, and text about counts is text', () => {
  assert.equal(readBodyUsage(answer('hi')), undefined)
  assert.equal(readBodyUsage(answer('hi', null)), undefined)
  assert.equal(readBodyUsage(answer('{"usage":{"prompt_tokens":9}}')), undefined)
  assert.equal(readBodyUsage(answer('hi', { prompt_tokens: 'many' })), undefined)
  assert.equal(readBodyUsage(Buffer.alloc(0)), undefined)
  for (const odd of ['-5', '1e999', '1.5', '99999999999999999999']) {
    assert.equal(readBodyUsage(Buffer.from(`{"usage":{"prompt_tokens":${odd}}}`)), undefined, odd)
  }
})
