import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isAppError } from '#base/errors'
import { chatModel, ggufFile, u32, u64 } from '../../test/contracts/gguf-file.ts'
import { tempFolder } from '../../test/contracts/temp-folder.ts'
import { readModelFacts, type ModelFacts } from './model-facts.ts'

const folder = tempFolder()

async function factsOf(bytes: Buffer): Promise<ModelFacts> {
  const path = join(folder, 'model.gguf')
  writeFileSync(path, bytes)
  return readModelFacts(path)
}

test('a chat model says what it is', async () => {
  assert.deepEqual(await factsOf(chatModel('Tiny Chat')), {
    architecture: 'llama',
    name: 'Tiny Chat',
    contextLength: 4096,
    quantization: 'Q4_K_M',
    parameterCount: 1600,
    embedding: false,
    hasChatTemplate: true,
  })
})

test('a model that says nothing about itself is a model all the same', async () => {
  assert.deepEqual(await factsOf(ggufFile()), {
    architecture: null,
    name: null,
    contextLength: null,
    quantization: null,
    parameterCount: null,
    embedding: false,
    hasChatTemplate: false,
  })
})

test('encoders and models that pool make embeddings; rankers and writers do not', async () => {
  const embeds = async (architecture: string, pooling?: number) => {
    const pools = pooling === undefined ? {} : { [`${architecture}.pooling_type`]: pooling }
    return (await factsOf(ggufFile({ values: { 'general.architecture': architecture, ...pools } }))).embedding
  }
  assert.equal(await embeds('bert'), true)
  assert.equal(await embeds('nomic-bert'), true)
  assert.equal(await embeds('gemma-embedding'), true)
  assert.equal(await embeds('qwen3', 3), true)
  assert.equal(await embeds('qwen3', 0), false)
  assert.equal(await embeds('qwen3', 4), false)
  assert.equal(await embeds('qwen3'), false)
})

test('a vocabulary larger than one read is passed over', async () => {
  const tokens = Array.from({ length: 100_000 }, (_, index) => `token ${index}`)
  const values = {
    'tokenizer.ggml.tokens': tokens,
    'tokenizer.ggml.scores': Buffer.concat([u32(9), u32(6), u64(500_000), Buffer.alloc(2_000_000)]),
    'tokenizer.chat_template': 'x'.repeat(1_000_000),
    'general.architecture': 'llama',
  }
  const facts = await factsOf(ggufFile({ values, tensors: [{ name: 'w', shape: [3, 5] }] }))
  assert.partialDeepStrictEqual(facts, { architecture: 'llama', hasChatTemplate: true, parameterCount: 15 })
})

test('a name is shown on one line, without control characters', async () => {
  const { name } = await factsOf(
    ggufFile({ values: { 'general.name': '\u001b[31mevil\n\u202e name\u0000' } }),
  )
  assert.equal(name, '[31mevil name')
})

test('what is no GGUF file is called that', async () => {
  for (const bytes of [
    Buffer.alloc(0),
    Buffer.from('GGUF'),
    Buffer.from('<!doctype html><title>Login</title>'),
  ]) {
    await assert.rejects(factsOf(bytes), { kind: 'invalid_input', code: 'model_not_gguf' })
  }
})

test('an unknown version is refused by its number', async () => {
  await assert.rejects(factsOf(ggufFile({ version: 1 })), {
    code: 'model_format_unsupported',
    message: /version 1;/,
  })
})

test('a file whose weights are cut off is damaged', async () => {
  const whole = chatModel()
  await assert.rejects(factsOf(whole.subarray(0, whole.length - 40)), {
    code: 'model_file_damaged',
    message: /weights are cut off/,
  })
})

const HUGE = 2n ** 62n
const LIES: Record<string, Buffer> = {
  'more keys than there are': ggufFile({ claims: { keys: 1000n } }),
  'an impossible number of keys': ggufFile({ claims: { keys: HUGE } }),
  'an impossible number of tensors': ggufFile({ claims: { tensors: HUGE } }),
  'a key of impossible length': Buffer.concat([
    ggufFile({ claims: { keys: 1n } }).subarray(0, 24),
    u64(HUGE),
  ]),
  'a text of impossible length': ggufFile({ values: { 'general.name': Buffer.concat([u32(8), u64(HUGE)]) } }),
  'a text longer than the file': ggufFile({ values: { other: Buffer.concat([u32(8), u64(1_000_000)]) } }),
  'a list of impossible length': ggufFile({ values: { other: Buffer.concat([u32(9), u32(0), u64(HUGE)]) } }),
  'a list of empty texts without end': ggufFile({
    values: { other: Buffer.concat([u32(9), u32(8), u64(9_999_999)]) },
  }),
  'a list of lists': ggufFile({ values: { other: Buffer.concat([u32(9), u32(9), u64(1)]) } }),
  'a value of an unknown type': ggufFile({ values: { other: u32(99) } }),
  'a list of an unknown type': ggufFile({ values: { other: Buffer.concat([u32(9), u32(99), u64(1)]) } }),
  'a tensor of too many dimensions': ggufFile({ tensors: [{ name: 'w', shape: [1, 1, 1, 1, 1] }] }),
  'more weights than can be': ggufFile({ tensors: [{ name: 'w', shape: [2n ** 40n, 2n ** 40n] }] }),
  'weights beyond the end': ggufFile({ tensors: [{ name: 'w', shape: [1], offset: 10_000 }] }),
  'a name that is longer than allowed': ggufFile({ values: { ['k'.repeat(2000)]: 1 } }),
}

for (const [lie, bytes] of Object.entries(LIES)) {
  test(`a file that claims ${lie} is damaged`, async () => {
    await assert.rejects(factsOf(bytes), { kind: 'invalid_input', code: 'model_file_damaged' })
  })
}

test('a file that claims ten million empty texts and has the bytes for it is walked in bounded time', async () => {
  const list = Buffer.concat([u32(9), u32(8), u64(5_000_000), Buffer.alloc(40_000_000)])
  const startedAt = performance.now()
  await factsOf(ggufFile({ values: { other: list } }))
  assert.ok(performance.now() - startedAt < 5_000)
})

test('a file cut at any byte is refused or is a whole header', async () => {
  const whole = chatModel()
  for (let length = 0; length < whole.length; length++) await outcome(whole.subarray(0, length))
  await assert.rejects(factsOf(whole.subarray(0, whole.length - 64)), { code: 'model_file_damaged' })
})

test('a file with any bytes overwritten is read or refused, and never breaks the reader', async () => {
  const random = randomSource(20_240_601)
  const seen = new Set<string>()
  for (let round = 0; round < 2000; round++) {
    const bytes = Buffer.from(chatModel())
    for (let change = 0; change <= random(4); change++) {
      const at = 4 + random(bytes.length - 12)
      if (random(2) === 0) bytes[at] = random(256)
      else bytes.writeBigUInt64LE(BigInt.asUintN(64, -1n) >> BigInt(random(64)), at)
    }
    seen.add(await outcome(bytes))
  }
  assert.deepEqual([...seen].sort(), ['facts', 'model_file_damaged', 'model_format_unsupported'])
})

/** `facts`, or the code of the refusal; any other error fails the test. */
async function outcome(bytes: Buffer): Promise<string> {
  try {
    await factsOf(bytes)
    return 'facts'
  } catch (error) {
    if (isAppError(error)) return error.code
    throw error
  }
}

/** A repeatable source of numbers below a limit (mulberry32). */
function randomSource(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
