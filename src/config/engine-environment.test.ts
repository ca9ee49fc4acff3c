import assert from 'node:assert/strict'
import { test } from 'node:test'
import { engineEnvironment } from './engine-environment.ts'

test('a model process sees where things are, and no key or password of the house', () => {
  const seen = {
    PATH: '/bin',
    HOME: '/root',
    CUDA_VISIBLE_DEVICES: '0',
    GGML_VK_VISIBLE_DEVICES: '1',
    LC_ALL: 'C',
  }
  const secrets = {
    HEARTH_KEY: 'k',
    DATABASE_URL: 'postgres://u:p@h/d',
    OPENAI_API_KEY: 'k',
    HF_TOKEN: 'k',
    NODE_OPTIONS: '--inspect',
  }
  assert.deepEqual(engineEnvironment({ ...seen, ...secrets }), seen)
})
