import type { FileHandle } from 'node:fs/promises'
import { ggufDamaged } from './errors.ts'

const READ_BYTES = 256 * 1024
/** Real headers have up to some 20 MB, nearly all of it vocabulary. */
const LONGEST_HEADER_BYTES = 128 * 1024 * 1024

/**
 * Reads little-endian values one after another from the start of a file, and never more than a header
 * may have: nothing that a file claims about itself can cost more than walking 128 MiB.
 *
 * `need(n)` makes the next bytes present; the reads after it are synchronous, because a vocabulary has
 * hundreds of thousands of values.
 */
export class GgufReader {
  readonly #file: FileHandle
  readonly #end: number
  #buffer: Buffer = Buffer.alloc(0)
  /** Where in the file the buffer begins, and how far into the buffer reading has come. */
  #start = 0
  #used = 0

  constructor(file: FileHandle, fileBytes: number) {
    this.#file = file
    this.#end = Math.min(fileBytes, LONGEST_HEADER_BYTES)
  }

  get position(): number {
    return this.#start + this.#used
  }

  /** @throws AppError `model_file_damaged` where the header has no `bytes` more. */
  async need(bytes: number): Promise<void> {
    if (this.has(bytes)) return
    if (this.position + bytes > this.#end) throw ggufDamaged('it ends in the middle of its header')
    const rest = this.#buffer.subarray(this.#used)
    const wanted = Math.min(Math.max(bytes, READ_BYTES), this.#end - this.position)
    const buffer = Buffer.allocUnsafe(wanted)
    rest.copy(buffer)
    let filled = rest.length
    this.#start = this.position
    this.#used = 0
    while (filled < bytes) {
      const { bytesRead } = await this.#file.read(buffer, filled, wanted - filled, this.#start + filled)
      if (bytesRead === 0) throw ggufDamaged('it became shorter while it was read')
      filled += bytesRead
    }
    this.#buffer = buffer.subarray(0, filled)
  }

  /** Whether the next bytes are present already. */
  has(bytes: number): boolean {
    return this.#buffer.length - this.#used >= bytes
  }

  /** Passes over bytes without reading those that are not present. */
  skip(bytes: number): void {
    if (this.position + bytes > this.#end) throw ggufDamaged('it ends in the middle of its header')
    if (this.has(bytes)) {
      this.#used += bytes
      return
    }
    this.#start = this.position + bytes
    this.#buffer = Buffer.alloc(0)
    this.#used = 0
  }

  u8(): number {
    return this.#buffer[this.#used++]!
  }

  u32(): number {
    this.#used += 4
    return this.#buffer.readUInt32LE(this.#used - 4)
  }

  /** A count or size. What JavaScript cannot count to is no size of anything real. */
  u64(): number {
    const low = this.u32()
    const value = this.u32() * 2 ** 32 + low
    if (value > Number.MAX_SAFE_INTEGER) throw ggufDamaged('it claims an impossible size')
    return value
  }

  text(bytes: number): string {
    this.#used += bytes
    return this.#buffer.toString('utf8', this.#used - bytes, this.#used)
  }
}
