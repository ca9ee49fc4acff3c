import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseModel } from './choose-model.ts'

const SELFTEST = { id: 'hearth-selftest', owned_by: 'hearth-selftest' }
const EMBEDDER = { id: 'text-embedding-nomic', owned_by: 'lmstudio' }
const SMALL = { id: 'qwen-small', owned_by: 'lmstudio' }
const LARGE = { id: 'llama-large', owned_by: 'lmstudio' }

test('a chat goes to the first real model that is not made for embeddings', () => {
  assert.equal(chooseModel([SELFTEST, EMBEDDER, SMALL, LARGE], 'chat'), SMALL)
  assert.equal(chooseModel([EMBEDDER], 'chat'), EMBEDDER)
})

test('embeddings come from a model made for them, else from the first real one', () => {
  assert.equal(chooseModel([SMALL, EMBEDDER], 'embed'), EMBEDDER)
  assert.equal(chooseModel([SELFTEST, SMALL, LARGE], 'embed'), SMALL)
})

test('the self-test is chosen only where there is nothing else', () => {
  assert.equal(chooseModel([SELFTEST], 'chat'), SELFTEST)
  assert.throws(() => chooseModel([], 'chat'), { code: 'no_models' })
})
