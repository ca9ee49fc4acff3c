import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guessContextWindow } from './guess-context-window.ts'
import { readContextWindow } from './kinds/read-context-window.ts'

test('the first name that holds a positive whole number tells the context', () => {
  assert.equal(readContextWindow({ n_ctx: 512, context_length: '4096', context_window: 0 }), 4096)
  assert.equal(readContextWindow({ max_tokens: 100, max_model_len: 200 }), 100)
  assert.equal(readContextWindow({ context_window: -5, max_seq_len: 2.5, n_positions: '12x' }), undefined)
  assert.equal(
    readContextWindow({ context_window: true, n_ctx: [512], rope_n_ctx: '9'.repeat(40) }),
    undefined,
  )
})

test('a nested metadata object is read too, and never wins over the entry itself', () => {
  assert.equal(readContextWindow({ metadata: { context_length: 77 } }), 77)
  assert.equal(readContextWindow({ context_length: 88, metadata: { context_length: 77 } }), 88)
  assert.equal(readContextWindow({ metadata: 'context_length' }), undefined)
})

test('a name lets guess what no host says, in any case of letters', () => {
  assert.equal(guessContextWindow('Qwen2.5-Coder-7B'), 131_072)
  assert.equal(guessContextWindow('TheBloke/Mistral-7B-v0.1'), 32_768)
  assert.equal(guessContextWindow('gpt-3.5-turbo'), 4_096)
  assert.equal(guessContextWindow('something-else'), undefined)
})
