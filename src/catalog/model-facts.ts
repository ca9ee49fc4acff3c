import { readGgufHeader, type GgufHeader } from './gguf-header.ts'
import { quantizationName } from './quantization.ts'

/** What a GGUF file says about its model. */
export interface ModelFacts {
  readonly architecture: string | null
  readonly name: string | null
  readonly contextLength: number | null
  readonly quantization: string | null
  readonly parameterCount: number | null
  readonly embedding: boolean
  readonly hasChatTemplate: boolean
}

/** Architectures that only encode: they have no way to write text. */
const ENCODERS = /bert|^t5encoder$|embedding/
/** llama.cpp's ways to make one vector of a text: mean, first and last token. 0 is none, 4 ranks. */
const POOLED = new Set<unknown>([1, 2, 3])

const WANTED_KEYS = new Set([
  'general.architecture',
  'general.name',
  'general.file_type',
  'tokenizer.chat_template',
])
const WANTED_ENDINGS = ['.context_length', '.pooling_type']

/** Reads what a model file is. Throws as `readGgufHeader`. */
export async function readModelFacts(path: string): Promise<ModelFacts> {
  return modelFacts(await readGgufHeader(path, isWanted))
}

function isWanted(key: string): boolean {
  return WANTED_KEYS.has(key) || WANTED_ENDINGS.some((ending) => key.endsWith(ending))
}

function modelFacts({ values, keys, parameterCount }: GgufHeader): ModelFacts {
  const architecture = textOf(values.get('general.architecture'))
  const fileType = values.get('general.file_type')
  return {
    architecture,
    name: textOf(values.get('general.name')),
    contextLength: numberOf(values.get(`${architecture ?? ''}.context_length`)),
    quantization: typeof fileType === 'number' ? quantizationName(fileType) : null,
    parameterCount: parameterCount === 0 ? null : parameterCount,
    embedding:
      ENCODERS.test(architecture ?? '') || POOLED.has(values.get(`${architecture ?? ''}.pooling_type`)),
    hasChatTemplate: keys.has('tokenizer.chat_template'),
  }
}

/** A text of a file anybody made, fit to be shown: short, on one line, without control characters. */
function textOf(value: string | number | undefined): string | null {
  if (typeof value !== 'string') return null
  const shown = value
    .replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ')
    .trim()
    .slice(0, 200)
  return shown === '' ? null : shown
}

function numberOf(value: string | number | undefined): number | null {
  return typeof value === 'number' ? value : null
}
