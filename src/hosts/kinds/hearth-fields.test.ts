import assert from 'node:assert/strict'
import { test } from 'node:test'
import { capabilitiesOf } from '../capabilities.ts'
import { mergeModels } from '../merge-models.ts'
import { modelFactsOf } from '../model-facts-of.ts'
import type { ModelFacts } from '../model-facts.ts'
import { fieldsForHearth, isReachable, MAX_HOPS } from './hearth-fields.ts'

const MODEL: ModelFacts = {
  id: 'm1',
  fields: { id: 'm1', context_window: 512, context_window_source: 'host' },
  state: 'loaded',
  type: 'llm',
  capabilities: capabilitiesOf({ probe: { tools: 'yes' }, kind: { logprobs: 'no' } }),
  path: [],
}

/** What the Hearth `by` tells of a model that it has as `facts`, as another one reads it. */
function passedOn(facts: ModelFacts, by: string): ModelFacts {
  const [model] = mergeModels([{ id: 'host', name: 'host', models: () => [facts] }])
  const entry = { ...model!.fields, ...fieldsForHearth(model!, by) }
  return modelFactsOf('m1', entry, {
    truths: {},
    instance: by,
    told: undefined,
    declared: undefined,
  })
}

test('a model keeps what it can and cannot on its way through Hearths, and the way itself', () => {
  const arrived = passedOn(passedOn(MODEL, 'one'), 'two')
  assert.deepEqual(arrived.path, ['two', 'one'])
  assert.equal(arrived.capabilities.tools.answer, 'yes')
  assert.equal(arrived.capabilities.logprobs.answer, 'no')
  assert.equal(arrived.capabilities.vision.answer, 'unknown')
  assert.equal(arrived.contextWindow, 512)
  assert.deepEqual(Object.keys(arrived.fields), ['id', 'context_window'])
})

test('a guess of another Hearth does not arrive as a fact', () => {
  const guessed = { ...MODEL, fields: { id: 'm1', context_window: 8192, context_window_source: 'guess' } }
  const arrived = passedOn(guessed, 'one')
  assert.equal(arrived.contextWindow, undefined)
  assert.deepEqual(arrived.fields, { id: 'm1' })
})

test('a model is out of reach past the hops a request may make, and where the way leads back', () => {
  const way = (length: number): string[] => Array.from({ length }, (_, at) => `h${at}`)
  assert.ok(isReachable(way(MAX_HOPS), 'own'))
  assert.ok(!isReachable(way(MAX_HOPS + 1), 'own'))
  assert.ok(!isReachable(['a', 'own'], 'own'))
})

test('a Hearth that tells no way is the way', () => {
  const sources = {
    truths: {},
    instance: 'old',
    told: undefined,
    declared: undefined,
  } as const
  assert.deepEqual(modelFactsOf('m1', { id: 'm1' }, sources).path, ['old'])
  assert.deepEqual(modelFactsOf('m1', { id: 'm1', hearth_path: ['x'] }, sources).path, ['old', 'x'])
})
