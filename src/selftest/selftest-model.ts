import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '#base/errors'
import { ggufBytes, type MetadataValue } from './gguf-writer.ts'
import { MODEL_SHAPE, selftestTensors } from './selftest-weights.ts'
import { SPECIAL_TOKENS, vocabulary, type VocabularyToken } from './vocabulary.ts'

/** The id of the model every Hearth can run: tiny, seeded, made on the spot. */
export const SELFTEST_MODEL_ID = 'hearth-selftest'

/** The SHA-256 of `selftestModelBytes()`; a test holds the two together. */
export const SELFTEST_MODEL_SHA256 = 'e9cfd2d794fbb1763c80a626982d9f9f56034cdaffa0dbdd4d7bfb0cfc4641f5'

/**
 * Sees to it that the self-test model lies at `path` (a file name ending in `.gguf`). A file that is
 * already right is left alone; anything else there is replaced in one step. Takes about 100 ms.
 * Throws the file system's error when the folder cannot be written.
 */
export async function ensureSelftestModel(path: string): Promise<void> {
  if (await isSelftestModel(path)) return
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    await writeFile(temporary, selftestModelBytes(), { flush: true })
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

/** The model file; the same bytes every time. */
export function selftestModelBytes(): Buffer {
  const tokens = vocabulary()
  return ggufBytes(metadata(tokens), selftestTensors(tokens))
}

async function isSelftestModel(path: string): Promise<boolean> {
  try {
    const bytes = await readFile(path)
    return createHash('sha256').update(bytes).digest('hex') === SELFTEST_MODEL_SHA256
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false
    throw error
  }
}

const CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"

const MEAN_POOLING = 1

function metadata(tokens: readonly VocabularyToken[]): Record<string, MetadataValue> {
  const headWidth = MODEL_SHAPE.width / MODEL_SHAPE.heads
  return {
    'general.architecture': { type: 'text', value: 'llama' },
    'general.name': { type: 'text', value: 'Hearth self-test' },
    'general.file_type': { type: 'u32', value: 0 },
    'llama.context_length': { type: 'u32', value: MODEL_SHAPE.contextLength },
    'llama.embedding_length': { type: 'u32', value: MODEL_SHAPE.width },
    'llama.block_count': { type: 'u32', value: MODEL_SHAPE.layers },
    'llama.feed_forward_length': { type: 'u32', value: MODEL_SHAPE.feedForward },
    'llama.attention.head_count': { type: 'u32', value: MODEL_SHAPE.heads },
    'llama.attention.head_count_kv': { type: 'u32', value: MODEL_SHAPE.heads },
    'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: 1e-5 },
    'llama.rope.dimension_count': { type: 'u32', value: headWidth },
    'llama.pooling_type': { type: 'u32', value: MEAN_POOLING },
    'llama.vocab_size': { type: 'u32', value: tokens.length },
    'tokenizer.ggml.model': { type: 'text', value: 'llama' },
    'tokenizer.ggml.tokens': { type: 'texts', value: tokens.map(({ text }) => text) },
    'tokenizer.ggml.scores': { type: 'f32s', value: tokens.map((_, id) => -id) },
    'tokenizer.ggml.token_type': { type: 'i32s', value: tokens.map(({ type }) => type) },
    'tokenizer.ggml.unknown_token_id': { type: 'u32', value: SPECIAL_TOKENS.unknown },
    'tokenizer.ggml.bos_token_id': { type: 'u32', value: SPECIAL_TOKENS.bos },
    'tokenizer.ggml.eos_token_id': { type: 'u32', value: SPECIAL_TOKENS.eos },
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: true },
    'tokenizer.ggml.add_eos_token': { type: 'bool', value: false },
    'tokenizer.chat_template': { type: 'text', value: CHAT_TEMPLATE },
  }
}
