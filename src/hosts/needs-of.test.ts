import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CAPABILITIES, NEED } from './capabilities.ts'
import { needsOf } from './needs-of.ts'

const CHAT = '/v1/chat/completions'

const USER = { role: 'user', content: 'Hello' }

/** Names of what a chat with these fields needs, chat itself left out. */
function needs(fields: Record<string, unknown>, endpoint = CHAT): string[] {
  const bits = needsOf(endpoint, { model: 'm', messages: [USER], ...fields })
  return CAPABILITIES.filter((name) => (bits & NEED[name]) !== 0 && name !== 'chat')
}

test('a plain chat needs chat and nothing else', () => {
  assert.equal(needsOf(CHAT, { model: 'm', messages: [USER] }), NEED.chat)
})

test('each call needs what it is', () => {
  assert.deepEqual(needs({ prompt: 'x' }, '/v1/completions'), ['completions'])
  assert.deepEqual(needs({ input: 'x' }, '/v1/embeddings'), ['embeddings'])
})

test('what asks for something is a need', () => {
  const tool = { type: 'function', function: { name: 'f' } }
  const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } }
  assert.deepEqual(needs({ tools: [tool] }), ['tools'])
  assert.deepEqual(needs({ tools: [tool], tool_choice: 'required' }), ['tools', 'tool_choice'])
  assert.deepEqual(needs({ tool_choice: tool }), ['tool_choice'])
  assert.deepEqual(needs({ logprobs: true }), ['logprobs'])
  assert.deepEqual(needs({ logprobs: 0 }, '/v1/completions'), ['completions', 'logprobs'])
  assert.deepEqual(needs({ response_format: { type: 'json_schema', json_schema: {} } }), ['json_schema'])
  assert.deepEqual(needs({ messages: [USER, { role: 'user', content: [{ type: 'text' }, image] }] }), [
    'vision',
  ])
})

test('what may be ignored without harm is none', () => {
  assert.deepEqual(needs({ tools: [], tool_choice: 'auto', logprobs: false }), [])
  assert.deepEqual(needs({ tools: [{ type: 'function' }], tool_choice: 'none' }), [])
  assert.deepEqual(needs({ tools: null, tool_choice: 'none', logprobs: null, response_format: null }), [])
  assert.deepEqual(needs({ response_format: { type: 'json_object' } }), [])
  assert.deepEqual(
    needs({ messages: [{ role: 'user', content: [{ type: 'text', text: 'image_url' }] }] }),
    [],
  )
  assert.deepEqual(needs({ messages: [{ role: 'assistant', content: null }] }), [])
})
