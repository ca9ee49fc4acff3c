import { dirname } from 'node:path'
import { AppError, isAppError, systemCode } from '#base/errors'
import { dataFolderUnusable } from '#platform/process/index'
import { toFailure } from './sqlite-failure.ts'
import type { Outcome } from './write-protocol.ts'

type MakeError = (file: string, cause: unknown, said: string) => AppError

const damaged: MakeError = (file, cause, said) =>
  new AppError(
    'internal',
    'database_damaged',
    `The database ${file} is damaged (${said}). Stop Hearth and restore a backup: \`hearth restore FILE --force\`.`,
    { cause },
  )

const busy: MakeError = (file, cause) =>
  new AppError(
    'unavailable',
    'database_busy',
    `Another program holds the database ${file}. Try again once it has finished.`,
    { cause },
  )

const full: MakeError = (file, cause) =>
  new AppError(
    'unavailable',
    'disk_full',
    `The disk that holds ${file} is full. Free some space and try again.`,
    {
      cause,
    },
  )

const failed: MakeError = (file, cause, said) =>
  new AppError(
    'internal',
    'database_failed',
    `The database ${file} could not do what it was asked (${said}).`,
    {
      cause,
    },
  )

const unusable: MakeError = (file, cause) => dataFolderUnusable(dirname(file), cause)

/** By SQLite's primary result code, the lower byte of the extended one. */
const ERRORS: Record<number, MakeError> = {
  5: busy,
  6: busy,
  8: unusable,
  11: damaged,
  13: full,
  14: unusable,
  26: damaged,
}

const SQLITE_CONSTRAINT = 19
/** By extended result code. */
const CONSTRAINTS: Record<number, string> = {
  275: 'check',
  787: 'foreign_key',
  1299: 'not_null',
  1555: 'primary_key',
  2067: 'unique',
}

/** Whether SQLite says that the bytes of the file make no database. */
export function saysDamaged(thrown: unknown): boolean {
  return ERRORS[toFailure(thrown).errcode & 0xff] === damaged
}

/** Whether SQLite says that there is no room, which is no fault of the statement. */
export function saysFull(thrown: unknown): boolean {
  return ERRORS[toFailure(thrown).errcode & 0xff] === full
}

/** What SQLite or the file system said about `file`, as an AppError; `entry` is the statement of a batch. */
export function toDatabaseError(thrown: unknown, file: string, entry?: number): AppError {
  if (isAppError(thrown)) return thrown
  const { errcode, message } = toFailure(thrown)
  if ((errcode & 0xff) === SQLITE_CONSTRAINT) {
    return constraintFailed(thrown, CONSTRAINTS[errcode] ?? 'other', message, entry)
  }
  return (errorOfFileSystem(thrown) ?? ERRORS[errcode & 0xff] ?? failed)(file, thrown, message)
}

/** A statement broke a rule of the schema; `said` names the rule and no values. */
export function constraintFailed(
  cause: unknown,
  constraint: string,
  said: string,
  entry: number | undefined,
): AppError {
  return new AppError(
    'conflict',
    'constraint_failed',
    `A rule of the database forbids this change: ${said}.`,
    {
      cause,
      details: { ...(entry === undefined ? {} : { entry }), constraint },
    },
  )
}

function errorOfFileSystem(thrown: unknown): MakeError | undefined {
  if (!(thrown instanceof Error) || !('syscall' in thrown)) return undefined
  return systemCode(thrown) === 'ENOSPC' ? full : unusable
}

/** Why a batch was not kept. */
export function outcomeError(outcome: Exclude<Outcome, { done: unknown }>, file: string): AppError {
  if ('failed' in outcome) return toDatabaseError(outcome.failed, file, outcome.entry)
  return batchRefused(outcome.refused)
}

/** A guard of a batch was not met. */
export function batchRefused(refused: { entry: number; expected: number; changed: number }): AppError {
  const { entry, expected, changed } = refused
  return new AppError(
    'conflict',
    'batch_refused',
    `Nothing was changed: statement ${entry} would have changed ${changed} rows instead of ${expected}, so what it is about has changed meanwhile. Read it again.`,
    { details: { ...refused } },
  )
}

/** The entry of its batch that changed another number of rows than demanded, or undefined for any other error. */
export function refusedEntry(thrown: unknown): number | undefined {
  return isAppError(thrown) && thrown.code === 'batch_refused' ? Number(thrown.details?.['entry']) : undefined
}

export function databaseClosed(file: string): AppError {
  return new AppError(
    'unavailable',
    'database_closed',
    `The database ${file} is closed, because Hearth is stopping.`,
  )
}

export function writerStopped(file: string, cause: unknown): AppError {
  return new AppError(
    'internal',
    'database_writer_stopped',
    `The thread that writes to ${file} has stopped. What was acknowledged is on disk; restart Hearth to write again.`,
    { cause },
  )
}
