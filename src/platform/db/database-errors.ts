import { dirname } from 'node:path'
import { AppError, isAppError, systemCode, type ErrorKind } from '#base/errors'
import { dataFolderUnusable } from '#platform/process/index'
import { toFailure } from './sqlite-failure.ts'
import type { Outcome } from './write-protocol.ts'

interface Problem {
  readonly kind: ErrorKind
  readonly code: string
  readonly message: (file: string, said: string) => string
}

const DAMAGED: Problem = {
  kind: 'internal',
  code: 'database_damaged',
  message: (file, said) =>
    `The database ${file} is damaged (${said}). Stop Hearth and put back a copy of the file.`,
}
const BUSY: Problem = {
  kind: 'unavailable',
  code: 'database_busy',
  message: (file) => `Another program holds the database ${file}. Try again once it has finished.`,
}
const UNUSABLE: Problem = {
  kind: 'internal',
  code: 'data_folder_unusable',
  message: (file, said) =>
    `Hearth cannot read and write the database ${file} (${said}). Check its owner and rights.`,
}
const DISK_FULL: Problem = {
  kind: 'unavailable',
  code: 'disk_full',
  message: (file) => `The disk that holds ${file} is full. Free some space and try again.`,
}
const FAILED: Problem = {
  kind: 'internal',
  code: 'database_failed',
  message: (file, said) => `The database ${file} could not do what it was asked (${said}).`,
}

/** By SQLite's primary result code, the lower byte of the extended one. */
const PROBLEMS: Record<number, Problem> = {
  5: BUSY,
  6: BUSY,
  8: UNUSABLE,
  11: DAMAGED,
  13: DISK_FULL,
  14: UNUSABLE,
  26: DAMAGED,
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
  return PROBLEMS[toFailure(thrown).errcode & 0xff] === DAMAGED
}

/** What SQLite or the file system said about `file`, as an AppError; `entry` is the statement of a batch. */
export function toDatabaseError(thrown: unknown, file: string, entry?: number): AppError {
  if (isAppError(thrown)) return thrown
  if (isFromFileSystem(thrown) && systemCode(thrown) !== 'ENOSPC')
    return dataFolderUnusable(dirname(file), thrown)
  const { errcode, message } = toFailure(thrown)
  const where = entry === undefined ? {} : { entry }
  if ((errcode & 0xff) === SQLITE_CONSTRAINT) {
    const constraint = CONSTRAINTS[errcode] ?? 'other'
    return new AppError(
      'conflict',
      'constraint_failed',
      `A rule of the database forbids this change: ${message}.`,
      {
        cause: thrown,
        details: { ...where, constraint },
      },
    )
  }
  const problem = isFromFileSystem(thrown) ? DISK_FULL : (PROBLEMS[errcode & 0xff] ?? FAILED)
  return new AppError(problem.kind, problem.code, problem.message(file, message), {
    cause: thrown,
    details: where,
  })
}

function isFromFileSystem(thrown: unknown): boolean {
  return thrown instanceof Error && 'syscall' in thrown
}

/** Why a batch was not kept. */
export function outcomeError(outcome: Exclude<Outcome, { done: unknown }>, file: string): AppError {
  if ('failed' in outcome) return toDatabaseError(outcome.failed, file, outcome.entry)
  const { entry, expected, changed } = outcome.refused
  return new AppError(
    'conflict',
    'batch_refused',
    `Nothing was changed: statement ${entry} would have changed ${changed} rows instead of ${expected}, so what it is about has changed meanwhile. Read it again.`,
    { details: { ...outcome.refused } },
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
