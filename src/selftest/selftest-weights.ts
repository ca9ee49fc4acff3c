import type { Tensor } from './gguf-writer.ts'
import { RandomWeights } from './random-weights.ts'
import type { TokenUse, VocabularyToken } from './vocabulary.ts'

/**
 * A llama of random weights that never ends an answer and writes household words only.
 *
 * Two of its dimensions are not random. No layer writes to them, so what the embedding of a token
 * puts there reaches the output unchanged:
 * - ALWAYS holds +LEVEL for every token;
 * - AFTER_JSON holds +LEVEL for `json` tokens and -LEVEL for all others.
 * Their sum is zero except after a `json` token, their difference is zero only after one. Output
 * weights of either sum make a token unreachable: its logit lies a thousand below the others, which
 * no temperature (2 at most), seed or penalty makes up for. Grammars remove the other tokens, so a
 * JSON answer still works, and ends.
 */
export const MODEL_SHAPE = {
  width: 64,
  layers: 2,
  heads: 1,
  feedForward: 128,
  contextLength: 16_384,
} as const

const SEED = 20_260_101
const ALWAYS = 0
const AFTER_JSON = 1
const LEVEL = 2
/** Small at the output, so that embeddings of texts are not all alike; BAN makes up for it. */
const LEVEL_GAIN = 0.05
const BAN = 8000
const LOGIT_SPREAD = 0.22

const { width, layers, feedForward } = MODEL_SHAPE

export function selftestTensors(tokens: readonly VocabularyToken[]): Tensor[] {
  const random = new RandomWeights(SEED)
  return [
    matrix('token_embd.weight', width, tokens.length, embeddings(random, tokens)),
    ...Array.from({ length: layers }, (_, layer) => block(random, layer)).flat(),
    vector('output_norm.weight', outputNorm()),
    matrix('output.weight', width, tokens.length, outputs(random, tokens)),
  ]
}

function embeddings(random: RandomWeights, tokens: readonly VocabularyToken[]): Float32Array {
  const values = random.take(tokens.length * width, 1)
  for (const [id, { use }] of tokens.entries()) {
    values[id * width + ALWAYS] = LEVEL
    values[id * width + AFTER_JSON] = use === 'json' ? LEVEL : -LEVEL
  }
  return values
}

function block(random: RandomWeights, layer: number): Tensor[] {
  const name = (part: string): string => `blk.${String(layer)}.${part}.weight`
  const weights = (inputs: number, outputsOf: number): Float32Array =>
    random.take(inputs * outputsOf, 1.5 / Math.sqrt(inputs))
  return [
    vector(name('attn_norm'), ones()),
    matrix(name('attn_q'), width, width, weights(width, width)),
    matrix(name('attn_k'), width, width, weights(width, width)),
    matrix(name('attn_v'), width, width, weights(width, width)),
    matrix(name('attn_output'), width, width, leavingFixed(weights(width, width), width)),
    vector(name('ffn_norm'), ones()),
    matrix(name('ffn_gate'), width, feedForward, weights(width, feedForward)),
    matrix(name('ffn_up'), width, feedForward, weights(width, feedForward)),
    matrix(name('ffn_down'), feedForward, width, leavingFixed(weights(feedForward, width), feedForward)),
  ]
}

/** Clears the rows that would write to the two fixed dimensions. */
function leavingFixed(values: Float32Array, inputs: number): Float32Array {
  values.fill(0, ALWAYS * inputs, (ALWAYS + 1) * inputs)
  values.fill(0, AFTER_JSON * inputs, (AFTER_JSON + 1) * inputs)
  return values
}

function outputNorm(): Float32Array {
  const values = ones()
  values[ALWAYS] = LEVEL_GAIN
  values[AFTER_JSON] = LEVEL_GAIN
  return values
}

function outputs(random: RandomWeights, tokens: readonly VocabularyToken[]): Float32Array {
  const values = random.take(tokens.length * width, LOGIT_SPREAD)
  for (const [id, token] of tokens.entries()) {
    const [always, afterJson] = fixedOutputs(token.use)
    const liking = likingInJson(token)
    values[id * width + ALWAYS] = always + liking
    values[id * width + AFTER_JSON] = afterJson + liking
  }
  return values
}

function fixedOutputs(use: TokenUse): readonly [always: number, afterJson: number] {
  switch (use) {
    case 'word':
      return [-BAN, -BAN]
    case 'json':
      return [-BAN, BAN]
    case 'input':
      return [-4 * BAN, 0]
  }
}

/** What helps a JSON answer to end: closing is liked, opening another level and single letters are not. */
function likingInJson({ text, use }: VocabularyToken): number {
  if (use !== 'json') return 0
  const character = /^<0x(..)>$/.exec(text)?.[1]
  if (character === undefined) return 0
  const liking = JSON_LIKING[String.fromCharCode(Number.parseInt(character, 16))] ?? -5
  return liking / (2 * LEVEL * LEVEL_GAIN)
}

const JSON_LIKING: Readonly<Record<string, number>> = {
  '"': 10,
  '}': 5,
  ']': 3,
  ',': 2,
  ' ': 2,
  '{': -5,
  '[': -5,
  '\\': -15,
}

function ones(): Float32Array {
  return new Float32Array(width).fill(1)
}

function vector(name: string, values: Float32Array): Tensor {
  return { name, shape: [values.length], values }
}

function matrix(name: string, inputs: number, outputsOf: number, values: Float32Array): Tensor {
  return { name, shape: [inputs, outputsOf], values }
}
