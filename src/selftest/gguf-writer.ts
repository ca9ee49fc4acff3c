/** Writes GGUF version 3, the file format of llama.cpp: metadata, then tensors of 32-bit floats. */

/** One metadata value with the wire type llama.cpp expects under its key. */
export type MetadataValue =
  | { readonly type: 'u32'; readonly value: number }
  | { readonly type: 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'i32s'; readonly value: readonly number[] }
  | { readonly type: 'f32s'; readonly value: readonly number[] }
  | { readonly type: 'texts'; readonly value: readonly string[] }

export interface Tensor {
  readonly name: string
  /** Sizes with the contiguous dimension first: `[inputs, outputs]` for a weight matrix. */
  readonly shape: readonly number[]
  readonly values: Float32Array
}

const TYPE_CODES = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, array: 9 } as const
const GGML_F32 = 0
const VERSION = 3
/** What readers assume when `general.alignment` is absent. */
const ALIGNMENT = 32

/** The bytes of a GGUF file; the same input always gives the same bytes. */
export function ggufBytes(
  metadata: Readonly<Record<string, MetadataValue>>,
  tensors: readonly Tensor[],
): Buffer {
  const parts: Buffer[] = [
    Buffer.from('GGUF', 'ascii'),
    u32(VERSION),
    u64(tensors.length),
    u64(Object.keys(metadata).length),
  ]
  for (const [key, value] of Object.entries(metadata)) parts.push(text(key), ...metadataValue(value))

  let offset = 0
  for (const tensor of tensors) {
    parts.push(
      text(tensor.name),
      u32(tensor.shape.length),
      ...tensor.shape.map(u64),
      u32(GGML_F32),
      u64(offset),
    )
    offset += aligned(tensor.values.byteLength)
  }
  parts.push(padding(byteLength(parts)))
  for (const { values } of tensors) parts.push(floats(values), padding(values.byteLength))
  return Buffer.concat(parts)
}

function metadataValue(metadata: MetadataValue): Buffer[] {
  switch (metadata.type) {
    case 'u32':
      return [u32(TYPE_CODES.u32), u32(metadata.value)]
    case 'f32':
      return [u32(TYPE_CODES.f32), floats([metadata.value])]
    case 'bool':
      return [u32(TYPE_CODES.bool), Buffer.of(metadata.value ? 1 : 0)]
    case 'text':
      return [u32(TYPE_CODES.text), text(metadata.value)]
    case 'i32s':
      return [...arrayHead(TYPE_CODES.i32, metadata.value.length), ...metadata.value.map(i32)]
    case 'f32s':
      return [...arrayHead(TYPE_CODES.f32, metadata.value.length), floats(metadata.value)]
    case 'texts':
      return [...arrayHead(TYPE_CODES.text, metadata.value.length), ...metadata.value.map(text)]
  }
}

function arrayHead(elementType: number, length: number): Buffer[] {
  return [u32(TYPE_CODES.array), u32(elementType), u64(length)]
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8')
  return Buffer.concat([u64(bytes.length), bytes])
}

function floats(values: ArrayLike<number>): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (let index = 0; index < values.length; index++) bytes.writeFloatLE(values[index]!, index * 4)
  return bytes
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

function padding(bytes: number): Buffer {
  return Buffer.alloc(aligned(bytes) - bytes)
}

function byteLength(parts: readonly Buffer[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
