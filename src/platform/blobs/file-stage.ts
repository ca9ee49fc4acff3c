import { createHash, type Hash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { blobIdOf, type BlobId } from './blob-id.ts'
import type { BlobStage, BlobStat } from './blobs.ts'
import { blobHashMismatch, toBlobError } from './errors.ts'

/** Small enough that hashing a piece does not hold up a token stream on a slow machine. */
const READ_BYTES = 256 * 1024
const { O_CREAT, O_RDWR, O_NOFOLLOW } = constants

export interface FileStageOptions {
  readonly path: string
  /** Takes the finished file, which is on disk and closed, to its place. */
  readonly adopt: (path: string, stat: BlobStat) => Promise<void>
  /** Told once nothing writes to the stage any more. */
  readonly onEnd: () => void
}

/** A stage that is one file; its size is where to resume. */
export class FileStage implements BlobStage {
  readonly #options: FileStageOptions
  readonly #file: FileHandle
  #hash: Hash
  #sizeBytes: number
  #ended = false

  private constructor(options: FileStageOptions, file: FileHandle, hash: Hash, sizeBytes: number) {
    this.#options = options
    this.#file = file
    this.#hash = hash
    this.#sizeBytes = sizeBytes
  }

  /** Opens the file, made where it is missing, and hashes what it holds. */
  static async open(options: FileStageOptions, signal?: AbortSignal): Promise<FileStage> {
    const file = await open(options.path, O_CREAT | O_RDWR | O_NOFOLLOW, 0o600)
    try {
      const { hash, sizeBytes } = await hashFile(file, signal)
      return new FileStage(options, file, hash, sizeBytes)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  get sizeBytes(): number {
    return this.#sizeBytes
  }

  async append(chunk: Uint8Array): Promise<void> {
    let written = 0
    while (written < chunk.byteLength) {
      try {
        // At a position of ours: a failed write that left a part behind is overwritten, not continued.
        const position = this.#sizeBytes + written
        written += (await this.#file.write(chunk, written, chunk.byteLength - written, position)).bytesWritten
      } catch (error) {
        throw toBlobError(error, this.#options.path)
      }
    }
    this.#hash.update(chunk)
    this.#sizeBytes += chunk.byteLength
  }

  async reset(): Promise<void> {
    await this.#file.truncate(0)
    this.#hash = createHash('sha256')
    this.#sizeBytes = 0
  }

  digest(): BlobId {
    return blobIdOf(this.#hash.copy().digest('hex'))
  }

  async commit({ expectedSha256 }: { expectedSha256?: string | undefined } = {}): Promise<BlobStat> {
    const stat: BlobStat = { id: this.digest(), sizeBytes: this.#sizeBytes }
    const expected = expectedSha256 === undefined ? stat.id : blobIdOf(expectedSha256)
    if (expected !== stat.id) throw blobHashMismatch(expected, stat.id)
    try {
      await this.#file.truncate(this.#sizeBytes)
      await this.#file.sync()
    } catch (error) {
      throw toBlobError(error, this.#options.path)
    }
    await this.#end(() => this.#options.adopt(this.#options.path, stat))
    return stat
  }

  discard(): Promise<void> {
    return this.#end(() => rm(this.#options.path, { force: true }))
  }

  close(): Promise<void> {
    return this.#end(() => Promise.resolve())
  }

  async #end(last: () => Promise<void>): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    try {
      await this.#file.close()
      await last()
    } finally {
      this.#options.onEnd()
    }
  }
}

async function hashFile(file: FileHandle, signal?: AbortSignal): Promise<{ hash: Hash; sizeBytes: number }> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(READ_BYTES)
  let sizeBytes = 0
  for (;;) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(buffer, 0, READ_BYTES, sizeBytes)
    if (bytesRead === 0) return { hash, sizeBytes }
    hash.update(buffer.subarray(0, bytesRead))
    sizeBytes += bytesRead
  }
}
