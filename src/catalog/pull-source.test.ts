import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pullTarget } from './pull-source.ts'

test('hf: names a file of a repository, folders included', () => {
  const { url, file } = pullTarget({ source: 'hf:Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf' })
  assert.equal(url, 'https://huggingface.co/Qwen/Qwen3-4B-GGUF/resolve/main/Qwen3-4B-Q4_K_M.gguf')
  assert.equal(file, 'Qwen3-4B-Q4_K_M.gguf')
  assert.equal(
    pullTarget({ source: 'hf:org/repo/sub folder/a.gguf' }).url,
    'https://huggingface.co/org/repo/resolve/main/sub%20folder/a.gguf',
  )
})

test('a web address is taken as it is, without its fragment', () => {
  const { url, file } = pullTarget({ source: 'https://example.org/models/a%2Bb.gguf?download=true#x' })
  assert.equal(url, 'https://example.org/models/a%2Bb.gguf?download=true')
  assert.equal(file, 'a+b.gguf')
})

test('another name may be given, with or without its ending', () => {
  const source = 'https://example.org/download/42'
  assert.equal(pullTarget({ source, name: 'tiny' }).file, 'tiny.gguf')
  assert.equal(pullTarget({ source, name: 'tiny.gguf' }).file, 'tiny.gguf')
})

test('each address and name has an unfinished download of its own', () => {
  const one = pullTarget({ source: 'hf:org/repo/a.gguf' })
  assert.equal(pullTarget({ source: 'https://huggingface.co/org/repo/resolve/main/a.gguf' }).stage, one.stage)
  assert.notEqual(pullTarget({ source: 'hf:org/repo/b.gguf' }).stage, one.stage)
  assert.notEqual(pullTarget({ source: 'hf:org/repo/a.gguf', name: 'b' }).stage, one.stage)
  assert.match(one.stage, /^model-[\da-f]{32}$/)
})

const REFUSED = [
  'hf:org/repo',
  'hf:org//file.gguf',
  'hf:org/repo/../other/file.gguf',
  'hf:org/repo/file.safetensors',
  'ftp://example.org/a.gguf',
  'file:///etc/passwd',
  'just a name.gguf',
  'https://user:secret@example.org/a.gguf',
  'https://example.org/',
  'https://example.org/.hidden.gguf',
  'https://example.org/%2e%2e%2fescape.gguf',
]

for (const source of REFUSED) {
  test(`${source} is no source`, () => {
    assert.throws(() => pullTarget({ source }), {
      kind: 'invalid_input',
      code: 'pull_source_invalid',
      param: 'source',
    })
  })
}
