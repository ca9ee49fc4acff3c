import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answered, capabilitiesOf, lackedBy, NEED } from './capabilities.ts'
import { declaredFor } from './declared-capabilities.ts'
import { truthsOf } from './kinds/truths.ts'

test('the owner’s word wins over the host’s, and the host’s over its kind’s', () => {
  const row = capabilitiesOf({
    declared: { tools: 'no' },
    probe: { tools: 'yes', vision: 'no', chat: 'unknown' },
    kind: { vision: 'yes', chat: 'yes' },
  })
  assert.deepEqual(row.tools, { answer: 'no', source: 'declared' })
  assert.deepEqual(row.vision, { answer: 'no', source: 'probe' })
  assert.deepEqual(row.chat, { answer: 'yes', source: 'kind' })
  assert.deepEqual(row.logprobs, { answer: 'unknown' })
  assert.deepEqual(answered(row, 'no'), ['tools', 'vision'])
  assert.equal(lackedBy(row), NEED.tools | NEED.vision)
})

test('what is declared for a model wins over what is declared for all', () => {
  const declared = {
    '*': { tools: true, vision: false, context_window: 4096 },
    m: { tools: false, logprobs: undefined },
  }
  assert.deepEqual(declaredFor(declared, 'm'), {
    answers: { tools: 'no', vision: 'no' },
    contextWindow: 4096,
  })
  assert.deepEqual(declaredFor(declared, 'other')?.answers, { tools: 'yes', vision: 'no' })
  assert.equal(declaredFor({ m: { tools: true } }, 'toString'), undefined)
  assert.equal(declaredFor(undefined, 'm'), undefined)
})

test('a truth holds from its version on, and where the version is unknown nothing is claimed', () => {
  const logprobs = (version: string | undefined) => truthsOf('ollama', version).logprobs
  assert.equal(logprobs('0.12.10'), 'no')
  assert.equal(logprobs('0.12.11'), 'yes')
  assert.equal(logprobs('0.12.11-rc2'), 'yes')
  assert.equal(logprobs('0.9.100'), 'no')
  assert.equal(logprobs('1.0'), 'yes')
  assert.equal(logprobs('main'), 'unknown')
  assert.equal(logprobs(undefined), 'unknown')
  assert.equal(truthsOf('ollama', undefined).tool_choice, 'no')
  assert.equal(truthsOf('vllm', '0.8.2').tool_choice, 'unknown')
})
