import type { Readable } from 'node:stream'
import type { BlobId } from './blob-id.ts'

export interface BlobStat {
  readonly id: BlobId
  readonly sizeBytes: number
}

/** A part of a content: `start` to `end`, both included, as in HTTP's Range; to the last byte without `end`. */
export interface ByteRange {
  readonly start: number
  readonly end?: number
}

/**
 * A content on its way in. What was appended survives a restart: a stage of the same name goes on with
 * it. One writer at a time; `commit`, `discard` or `close` ends it.
 */
export interface BlobStage {
  /** How much is there: where to resume. */
  readonly sizeBytes: number
  /** Adds to the end; one call at a time. @throws AppError `disk_full`. */
  append(chunk: Uint8Array): Promise<void>
  /** Starts again from nothing. */
  reset(): Promise<void>
  /** The id of what is there now. */
  digest(): BlobId
  /**
   * Makes it a blob, on disk when the promise resolves.
   *
   * @throws AppError `blob_hash_mismatch` (conflict, details `{expected, actual}`); the stage stays.
   */
  commit(options?: { expectedSha256?: string | undefined }): Promise<BlobStat>
  /** Deletes what is there. */
  discard(): Promise<void>
  /** Lets go and keeps what is there for later. */
  close(): Promise<void>
}

/** Contents under the hash of their bytes: whatever is found under an id is what the id says. */
export interface Blobs {
  /** Stores a content read to its end. @throws AppError `disk_full`, or what the source throws. */
  put(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<BlobStat>
  /** The bytes of a content or of a range of it. @throws AppError `blob_not_found`. */
  open(id: BlobId, range?: ByteRange): Promise<Readable>
  stat(id: BlobId): Promise<BlobStat | undefined>
  has(id: BlobId): Promise<boolean>
  /** Whether there was something to delete. */
  delete(id: BlobId): Promise<boolean>
  /**
   * Begins or goes on with an unfinished content; reads what is there once to know its hash.
   *
   * @throws AppError `stage_name_invalid` (invalid_input), `stage_busy` (conflict); the signal's reason.
   */
  stage(name: string, signal?: AbortSignal): Promise<BlobStage>
  /** Deletes an unfinished content without reading it. @throws AppError as `stage`. */
  dropStage(name: string): Promise<void>
}
