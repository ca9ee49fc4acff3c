import { AppError, describe, systemCode } from '#base/errors'

const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of the path is a file',
  EACCES: 'Hearth may not read and write there',
  EPERM: 'Hearth may not read and write there',
  EROFS: 'it is on a read-only file system',
}

/**
 * The data folder cannot be used, for a reason outside Hearth (rights, mounts, a wrong path).
 * Kind `internal`, code `data_folder_unusable`, details `{folder}`.
 */
export function dataFolderUnusable(folder: string, cause: unknown): AppError {
  const reason = REASONS[systemCode(cause) ?? ''] ?? describe(cause)
  return new AppError(
    'internal',
    'data_folder_unusable',
    `Hearth cannot use the data folder ${folder}: ${reason}. Name a folder that the user Hearth runs as can read and write.`,
    { cause, details: { folder } },
  )
}
