import { AppError } from '#base/errors'

export function backupDamaged(file: string, why: string, cause?: unknown): AppError {
  return new AppError(
    'conflict',
    'backup_damaged',
    `The backup ${file} is damaged or not whole: ${why}. Nothing was changed; use another backup.`,
    { cause },
  )
}

/** @param what it holds that this Hearth does not know. */
export function backupNewer(file: string, madeBy: string, what: string): AppError {
  return new AppError(
    'conflict',
    'backup_newer',
    `The backup ${file} was made by Hearth ${madeBy}, which is newer than this one (${what}). Nothing was changed; restore it with that version.`,
    { details: { hearth: madeBy } },
  )
}
