import { AppError } from '#base/errors'
import { formatBytes } from '#base/text'

export function notGguf(what: string): AppError {
  return new AppError(
    'invalid_input',
    'model_not_gguf',
    `${what} is no GGUF file. Hearth runs models in the GGUF format only; look for a file whose name ends in .gguf.`,
  )
}

export function ggufDamaged(reason: string): AppError {
  return new AppError(
    'invalid_input',
    'model_file_damaged',
    `The GGUF file is damaged: ${reason}. Delete it and download it again.`,
  )
}

export function ggufUnsupported(version: number): AppError {
  return new AppError(
    'invalid_input',
    'model_format_unsupported',
    `The GGUF file has format version ${version}; versions 2 and 3 can be run. Look for a newer file of the model.`,
  )
}

export function modelFileUnreadable(cause: unknown, reason: string): AppError {
  return new AppError(
    'internal',
    'model_file_unreadable',
    `The model file cannot be read (${reason}). Correct its path or rights.`,
    { cause },
  )
}

export function modelFileNotFound(id: string, near: readonly string[]): AppError {
  const hint = near.length === 0 ? 'There are no model files yet.' : `Near names: ${near.join(', ')}.`
  return new AppError('not_found', 'model_file_not_found', `There is no model file ${id}. ${hint}`)
}

export function modelNotManaged(id: string, path: string): AppError {
  return new AppError(
    'conflict',
    'model_not_managed',
    `The model ${id} is the file ${path}, which lies outside Hearth's models folder. Take it out of the configuration instead.`,
  )
}

export function modelExists(file: string): AppError {
  return new AppError(
    'conflict',
    'model_exists',
    `The models folder has another ${file} already. Delete that first, or give this one a name of its own.`,
    { param: 'name' },
  )
}

export function pullSourceInvalid(reason: string): AppError {
  return new AppError(
    'invalid_input',
    'pull_source_invalid',
    `The source of the model cannot be used: ${reason}. Name hf:org/repo/file.gguf, or an http:// or https:// address.`,
    { param: 'source' },
  )
}

export function modelGated(status: number): AppError {
  return new AppError(
    'forbidden',
    'model_gated',
    `The server wants an access token for this model (${status}): it is private, or its maker wants you to accept terms first. Hearth sends no token; download the file by hand and put it into the models folder.`,
    { details: { status } },
  )
}

export function modelSourceNotFound(status: number): AppError {
  return new AppError(
    'not_found',
    'model_source_not_found',
    `The server has no such file (${status}). Check the repository and the file name, in which capitals count.`,
    { details: { status } },
  )
}

export function modelSourceRefused(status: number): AppError {
  return new AppError(
    'invalid_input',
    'model_source_refused',
    `The server refused the download with status ${status}. Check the address.`,
    { details: { status } },
  )
}

export function modelSourceUnavailable(
  reason: string,
  options: { cause?: unknown; retryAfterSeconds?: number } = {},
) {
  return new AppError(
    'upstream',
    'model_source_unavailable',
    `The model cannot be downloaded now: ${reason}. What has arrived is kept.`,
    options,
  )
}

export function downloadCut(doneBytes: number, totalBytes: number | null): AppError {
  const total = totalBytes === null ? '' : ` of ${formatBytes(totalBytes)}`
  return new AppError(
    'upstream',
    'download_cut',
    `The download ended after ${formatBytes(doneBytes)}${total}. What has arrived is kept, and the rest is fetched.`,
  )
}

export function downloadTooLong(totalBytes: number): AppError {
  return new AppError(
    'upstream',
    'download_too_long',
    `The server sent more than the ${formatBytes(totalBytes)} it announced; what has arrived is thrown away.`,
  )
}

export function modelHashMismatch(expected: string, actual: string): AppError {
  return new AppError(
    'conflict',
    'model_hash_mismatch',
    `The downloaded file has the SHA-256 ${actual} instead of ${expected}, so it was thrown away. It was damaged on the way, or is not the file you meant.`,
    { details: { expected, actual } },
  )
}

export function diskSpaceShort(neededBytes: number, freeBytes: number): AppError {
  return new AppError(
    'conflict',
    'disk_space_short',
    `The model needs ${formatBytes(neededBytes)} more on the disk of the data folder, which has ${formatBytes(freeBytes)} free. Free some space, or choose a smaller model.`,
    { details: { needed_bytes: neededBytes, free_bytes: freeBytes } },
  )
}

export function modelPullRunning(file: string): AppError {
  return new AppError(
    'conflict',
    'model_pull_running',
    `Another model is being pulled under the name ${file}. Wait for it, cancel it, or give this one a name of its own.`,
    { param: 'name' },
  )
}

export function modelPullNotFound(id: string): AppError {
  return new AppError(
    'not_found',
    'model_pull_not_found',
    `There is no download ${id}. Ended ones are kept for 30 days.`,
  )
}
