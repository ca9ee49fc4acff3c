import { AppError, isAppError, systemCode } from '#base/errors'
import type { BlobId } from './blob-id.ts'

export function blobNotFound(id: BlobId): AppError {
  return new AppError('not_found', 'blob_not_found', `The content ${id} is not stored here.`, {
    details: { id },
  })
}

export function blobHashMismatch(expected: BlobId, actual: BlobId): AppError {
  return new AppError(
    'conflict',
    'blob_hash_mismatch',
    `The content is ${actual} and not ${expected} as expected: it was damaged on the way, or is another file.`,
    { details: { expected, actual } },
  )
}

export function stageNameInvalid(): AppError {
  return new AppError(
    'invalid_input',
    'stage_name_invalid',
    'The name of an unfinished content has 1 to 100 letters, digits, dots, dashes or underscores and begins with a letter or digit.',
  )
}

export function stageBusy(name: string): AppError {
  return new AppError(
    'conflict',
    'stage_busy',
    `The content ${name} is being written already. Wait until that has ended.`,
  )
}

/** What the file system threw, as an AppError where it is one that people can do something about. */
export function toBlobError(thrown: unknown, folder: string): unknown {
  if (isAppError(thrown)) return thrown
  if (systemCode(thrown) !== 'ENOSPC' && systemCode(thrown) !== 'EDQUOT') return thrown
  return new AppError(
    'unavailable',
    'disk_full',
    `The disk that holds ${folder} is full. Free some space and try again.`,
    { cause: thrown },
  )
}
