import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { ensureSelftestModel, SELFTEST_MODEL_SHA256, selftestModelBytes } from './selftest-model.ts'
import { MODEL_SHAPE } from './selftest-weights.ts'
import { vocabulary } from './vocabulary.ts'
import { WORDS } from './words.ts'

let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-selftest-'))
})
after(() => rm(folder, { recursive: true }))

test('the model is made of the same bytes every time, and the pinned hash is theirs', () => {
  const bytes = selftestModelBytes()
  assert.deepEqual(bytes, selftestModelBytes())
  assert.equal(createHash('sha256').update(bytes).digest('hex'), SELFTEST_MODEL_SHA256)
})

test('the model stays under two megabytes', () => {
  assert.ok(selftestModelBytes().length < 2_000_000)
})

test('the file reads back as a GGUF whose tensors fill it to the last byte', () => {
  const bytes = selftestModelBytes()
  const file = readGguf(bytes)
  assert.equal(file.metadata.get('general.architecture'), 'llama')
  assert.ok(Number(file.metadata.get('llama.context_length')) >= 8192)
  const tokens = file.metadata.get('tokenizer.ggml.tokens') as string[]
  assert.equal(tokens.length, file.metadata.get('llama.vocab_size'))
  assert.equal(new Set(tokens).size, tokens.length, 'no two tokens share a text')
  assert.deepEqual(file.tensors.at(-1)?.shape, [MODEL_SHAPE.width, tokens.length])
  assert.equal(file.end, bytes.length)
})

test('every word is a token, and only words may be written', () => {
  const written = vocabulary().filter(({ use }) => use === 'word')
  assert.deepEqual(written.map(({ text }) => text.replace('▁', '')).sort(), [...WORDS].sort())
  assert.ok(WORDS.every((word) => /^[a-z]+$/.test(word)))
})

test('a right file is left alone', async () => {
  const path = join(folder, 'kept', 'model.gguf')
  await ensureSelftestModel(path)
  const { ino, mtimeMs } = await stat(path)
  await ensureSelftestModel(path)
  const again = await stat(path)
  assert.deepEqual([again.ino, again.mtimeMs], [ino, mtimeMs])
})

test('a damaged file is replaced, and nothing else stays behind', async () => {
  const path = join(folder, 'model.gguf')
  await writeFile(path, selftestModelBytes().fill(0, 5000, 5001))
  await ensureSelftestModel(path)
  assert.deepEqual(await readFile(path), selftestModelBytes())
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('model')),
    ['model.gguf'],
  )
})

interface ReadBack {
  metadata: Map<string, unknown>
  tensors: { name: string; shape: number[] }[]
  end: number
}

/** A reader of just what the writer can write. */
function readGguf(bytes: Buffer): ReadBack {
  let at = 0
  const take = <Value>(size: number, value: Value): Value => {
    at += size
    return value
  }
  const u32 = (): number => take(4, bytes.readUInt32LE(at))
  const u64 = (): number => take(8, Number(bytes.readBigUInt64LE(at)))
  const text = (): string => {
    const length = u64()
    return take(length, bytes.toString('utf8', at, at + length))
  }
  const readers: Record<number, () => unknown> = {
    4: u32,
    5: () => take(4, bytes.readInt32LE(at)),
    6: () => take(4, bytes.readFloatLE(at)),
    7: () => take(1, bytes[at] === 1),
    8: text,
    9: () => {
      const type = u32()
      return Array.from({ length: u64() }, () => readers[type]!())
    },
  }
  assert.equal(take(4, bytes.toString('ascii', 0, 4)), 'GGUF')
  assert.equal(u32(), 3)
  const [tensorCount, metadataCount] = [u64(), u64()]
  const metadata = new Map(Array.from({ length: metadataCount }, () => [text(), readers[u32()]!()] as const))
  let end = 0
  const tensors = Array.from({ length: tensorCount }, () => {
    const name = text()
    const shape = Array.from({ length: u32() }, u64)
    assert.equal(u32(), 0, 'tensors are 32-bit floats')
    const offset = u64()
    end = offset + 4 * shape.reduce((product, size) => product * size, 1)
    return { name, shape }
  })
  return { metadata, tensors, end: Math.ceil(at / 32) * 32 + Math.ceil(end / 32) * 32 }
}
