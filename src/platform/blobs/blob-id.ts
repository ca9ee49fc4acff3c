import { AppError } from '#base/errors'

/** The identity of a stored content: `sha256:` and the 64 lower-case hex digits of its hash. */
export type BlobId = `sha256:${string}`

const BLOB_ID = /^sha256:[\da-f]{64}$/

export function isBlobId(value: string): value is BlobId {
  return BLOB_ID.test(value)
}

/** The id of the content with this SHA-256, as hex in either case. Throws where it is not one. */
export function blobIdOf(sha256: string): BlobId {
  const id = `sha256:${sha256.toLowerCase()}`
  if (isBlobId(id)) return id
  throw new AppError('invalid_input', 'blob_id_invalid', 'A SHA-256 has 64 hex digits; this one has not.')
}

/** `ab/cdef…`: no folder gets too many files, and no path comes from anything but hex digits. */
export function blobPath(id: BlobId): string {
  if (!isBlobId(id))
    throw new AppError('invalid_input', 'blob_id_invalid', 'A blob id is sha256: and 64 hex digits.')
  const hex = id.slice('sha256:'.length)
  return `${hex.slice(0, 2)}/${hex.slice(2)}`
}
