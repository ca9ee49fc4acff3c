/** Builds small GGUF files, sound ones and ones that lie about themselves. */
export interface GgufParts {
  readonly version?: number
  readonly values?: Readonly<Record<string, GgufValue>>
  /** Name, shape and offset of each tensor. */
  readonly tensors?: readonly {
    name: string
    shape: readonly (number | bigint)[]
    offset?: number | bigint
  }[]
  /** Claimed instead of the true counts. */
  readonly claims?: { readonly keys?: bigint; readonly tensors?: bigint }
  readonly weightBytes?: number
}

export type GgufValue = string | number | boolean | readonly string[] | Buffer

export function ggufFile(parts: GgufParts = {}): Buffer {
  const { version = 3, values = {}, tensors = [], claims = {}, weightBytes = 64 } = parts
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(claims.tensors ?? tensors.length),
    u64(claims.keys ?? Object.keys(values).length),
    ...Object.entries(values).flatMap(([key, value]) => [text(key), encoded(value)]),
    ...tensors.flatMap(({ name, shape, offset = 0 }) => [
      text(name),
      u32(shape.length),
      ...shape.map(u64),
      u32(0),
      u64(offset),
    ]),
  ])
  return Buffer.concat([
    header,
    Buffer.alloc(Math.ceil(header.length / 32) * 32 - header.length),
    Buffer.alloc(weightBytes, 7),
  ])
}

/** A sound little chat model. */
export function chatModel(name = 'Tiny', weightBytes = 64): Buffer {
  return ggufFile({
    values: {
      'general.architecture': 'llama',
      'general.name': name,
      'general.file_type': 15,
      'llama.context_length': 4096,
      'tokenizer.ggml.tokens': ['a', 'b', 'longer token'],
      'tokenizer.chat_template': '{{ messages }}',
    },
    tensors: [
      { name: 'token_embd.weight', shape: [8, 100] },
      { name: 'output.weight', shape: [8, 100], offset: 32 },
    ],
    weightBytes,
  })
}

/** Type code and value; a Buffer stands for both, byte by byte. */
function encoded(value: GgufValue): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (typeof value === 'string') return Buffer.concat([u32(8), text(value)])
  if (typeof value === 'number') return Buffer.concat([u32(4), u32(value)])
  if (typeof value === 'boolean') return Buffer.concat([u32(7), Buffer.of(value ? 1 : 0)])
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(text)])
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
