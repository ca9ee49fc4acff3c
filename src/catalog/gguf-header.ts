import { open, type FileHandle } from 'node:fs/promises'
import { ggufDamaged, ggufUnsupported, notGguf } from './errors.ts'
import { GgufReader } from './gguf-reader.ts'

export const GGUF_MAGIC = 'GGUF'

const MOST_KEYS = 10_000
const MOST_TENSORS = 100_000
const MOST_ELEMENTS = 10_000_000
const MOST_DIMENSIONS = 4
const LONGEST_NAME_BYTES = 1024
const LONGEST_KEPT_TEXT_BYTES = 4096
const DEFAULT_ALIGNMENT = 32

const TYPE = { text: 8, array: 9 } as const
/** Sizes of the number types by their code; text and arrays have no fixed size. */
const TYPE_BYTES: Record<number, number> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
}
const COUNTS = new Set([4, 10])

/** The parts of a GGUF header that say what the model is. */
export interface GgufHeader {
  /** Texts and unsigned numbers under the keys that were asked for. */
  readonly values: ReadonlyMap<string, string | number>
  /** Every key of the header that was asked for, whatever the type of its value. */
  readonly keys: ReadonlySet<string>
  readonly parameterCount: number
}

/**
 * Reads the header of a GGUF file and nothing of its weights.
 *
 * @param wanted which keys to keep; the rest, vocabularies above all, is passed over.
 * @throws AppError `model_not_gguf`, `model_format_unsupported`, `model_file_damaged` (invalid_input), or the file system's error.
 */
export async function readGgufHeader(path: string, wanted: (key: string) => boolean): Promise<GgufHeader> {
  const file = await open(path, 'r')
  try {
    return await readFrom(file, wanted)
  } finally {
    await file.close()
  }
}

async function readFrom(file: FileHandle, wanted: (key: string) => boolean): Promise<GgufHeader> {
  const { size } = await file.stat()
  const reader = new GgufReader(file, size)
  if (size < 24) throw notGguf('The file')
  await reader.need(24)
  if (reader.text(4) !== GGUF_MAGIC) throw notGguf('The file')
  const version = reader.u32()
  if (version !== 2 && version !== 3) throw ggufUnsupported(version)
  const tensors = atMost(MOST_TENSORS, reader.u64(), 'tensors')
  const keyCount = atMost(MOST_KEYS, reader.u64(), 'keys')

  const values = new Map<string, string | number>()
  const keys = new Set<string>()
  let alignment = DEFAULT_ALIGNMENT
  for (let index = 0; index < keyCount; index++) {
    const key = await readName(reader)
    const keep = wanted(key)
    if (keep) keys.add(key)
    const value = await readValue(reader, keep || key === 'general.alignment')
    if (key === 'general.alignment' && typeof value === 'number' && value > 0) alignment = value
    if (keep && value !== undefined) values.set(key, value)
  }
  const { parameterCount, lastOffset } = await readTensors(reader, tensors)
  const dataStart = Math.ceil(reader.position / alignment) * alignment
  if (tensors > 0 && dataStart + lastOffset >= size) throw ggufDamaged('its weights are cut off')
  return { values, keys, parameterCount }
}

async function readName(reader: GgufReader): Promise<string> {
  await reader.need(8)
  const bytes = atMost(LONGEST_NAME_BYTES, reader.u64(), 'bytes in a name')
  await reader.need(bytes)
  return reader.text(bytes)
}

/** The value at hand where it is kept and is a text or an unsigned number; undefined for all others. */
async function readValue(reader: GgufReader, keep: boolean): Promise<string | number | undefined> {
  await reader.need(4)
  const type = reader.u32()
  if (type === TYPE.array) {
    await skipArray(reader)
    return undefined
  }
  if (type === TYPE.text) return readText(reader, keep)
  const bytes = bytesOf(type)
  if (!keep || !COUNTS.has(type)) {
    reader.skip(bytes)
    return undefined
  }
  await reader.need(bytes)
  return bytes === 4 ? reader.u32() : reader.u64()
}

async function readText(reader: GgufReader, keep: boolean): Promise<string | undefined> {
  await reader.need(8)
  const bytes = reader.u64()
  if (!keep || bytes > LONGEST_KEPT_TEXT_BYTES) {
    reader.skip(bytes)
    return undefined
  }
  await reader.need(bytes)
  return reader.text(bytes)
}

async function skipArray(reader: GgufReader): Promise<void> {
  await reader.need(12)
  const type = reader.u32()
  const count = atMost(MOST_ELEMENTS, reader.u64(), 'elements in a list')
  if (type === TYPE.array) throw ggufDamaged('it holds a list of lists')
  if (type !== TYPE.text) {
    reader.skip(count * bytesOf(type))
    return
  }
  for (let index = 0; index < count; index++) {
    if (!reader.has(8)) await reader.need(8)
    reader.skip(reader.u64())
  }
}

async function readTensors(
  reader: GgufReader,
  count: number,
): Promise<{ parameterCount: number; lastOffset: number }> {
  let parameterCount = 0
  let lastOffset = 0
  for (let index = 0; index < count; index++) {
    await readName(reader)
    await reader.need(4)
    const dimensions = atMost(MOST_DIMENSIONS, reader.u32(), 'dimensions of a tensor')
    await reader.need(dimensions * 8 + 12)
    let elements = 1
    for (let dimension = 0; dimension < dimensions; dimension++) elements *= reader.u64()
    parameterCount += elements
    if (parameterCount > Number.MAX_SAFE_INTEGER)
      throw ggufDamaged('it claims an impossible number of weights')
    reader.skip(4)
    lastOffset = Math.max(lastOffset, reader.u64())
  }
  return { parameterCount, lastOffset }
}

function bytesOf(type: number): number {
  const bytes = TYPE_BYTES[type]
  if (bytes === undefined) throw ggufDamaged(`it holds a value of the unknown type ${type}`)
  return bytes
}

function atMost(most: number, claimed: number, what: string): number {
  if (claimed > most) throw ggufDamaged(`it claims ${claimed} ${what}`)
  return claimed
}
