import pg from 'pg'
import { AppError, describe, isAppError, systemCode } from '#base/errors'
import { constraintFailed } from '../database-errors.ts'

/** How soon a caller may try again while the server is away. */
const RETRY_AFTER_SECONDS = 5

/** By SQLSTATE. */
const CONSTRAINTS: Readonly<Record<string, string>> = {
  '23502': 'not_null',
  '23503': 'foreign_key',
  '23505': 'unique',
  '23514': 'check',
}

/** Shut down by its owner, crashed, starting up, out of connections, read-only after a change of roles. */
const AWAY = new Set(['57P01', '57P02', '57P03', '53300', '25006'])
/** Two transactions were in each other's way, and the server has undone this one. */
const CONFLICTS = new Set(['40001', '40P01'])

type MakeError = (server: string, cause: Error, said: string) => AppError

const loginRefused: MakeError = (server, cause, said) =>
  new AppError(
    'internal',
    'database_login_refused',
    `The PostgreSQL server does not let Hearth in at ${server} (${said}). Correct the user and password in DATABASE_URL.`,
    { cause },
  )

const missing: MakeError = (server, cause) =>
  new AppError(
    'internal',
    'database_missing',
    `There is no database at ${server}. Make it with \`createdb\`, or correct DATABASE_URL.`,
    { cause },
  )

const notAllowed: MakeError = (server, cause, said) =>
  new AppError(
    'internal',
    'database_not_allowed',
    `The user at ${server} may not do what Hearth needs (${said}). Make that user the owner of the database.`,
    { cause },
  )

const full: MakeError = (server, cause) =>
  new AppError(
    'unavailable',
    'disk_full',
    `The disk of the PostgreSQL server at ${server} is full. Free some space and try again.`,
    { cause },
  )

const busy: MakeError = (server, cause) =>
  new AppError(
    'unavailable',
    'database_busy',
    `The database at ${server} is busy with something else. Try again in a moment.`,
    { cause, retryAfterSeconds: RETRY_AFTER_SECONDS },
  )

const unreachable: MakeError = (server, cause, said) =>
  new AppError(
    'unavailable',
    'database_unreachable',
    `The PostgreSQL server at ${server} cannot be reached (${said}). Check that it runs and that DATABASE_URL is right.`,
    { cause, retryAfterSeconds: RETRY_AFTER_SECONDS },
  )

const failed: MakeError = (server, cause, said) =>
  new AppError(
    'internal',
    'database_failed',
    `The database at ${server} could not do what it was asked (${said}).`,
    { cause },
  )

const ERRORS: Readonly<Record<string, MakeError>> = {
  '28000': loginRefused,
  '28P01': loginRefused,
  '3D000': missing,
  '42501': notAllowed,
  '53100': full,
  '55P03': busy,
  '57014': busy,
  ...Object.fromEntries([...CONFLICTS].map((state) => [state, busy])),
}

/** Whether the server is gone, going or not yet there: the connection is of no use any more. */
export function saysAway(thrown: unknown): boolean {
  if (isAppError(thrown)) return false
  if (!(thrown instanceof pg.DatabaseError)) return true
  const { code = '', severity } = thrown
  return (
    AWAY.has(code) ||
    code.startsWith('08') ||
    ((severity === 'FATAL' || severity === 'PANIC') && !(code in ERRORS))
  )
}

/** Whether the server has undone a transaction for the sake of another, so that the same may now succeed. */
export function saysConflict(thrown: unknown): boolean {
  return thrown instanceof pg.DatabaseError && CONFLICTS.has(thrown.code ?? '')
}

/** What PostgreSQL, or the way to it, said, as an AppError; `entry` is the statement of a batch. */
export function toPostgresError(thrown: unknown, server: string, entry?: number): AppError {
  if (isAppError(thrown)) return thrown
  const cause = causeOf(thrown)
  const { code, message } = cause
  if (!(thrown instanceof pg.DatabaseError)) {
    return (message.startsWith('SASL') ? loginRefused : unreachable)(server, cause, message)
  }
  if (code.startsWith('23')) return constraintFailed(cause, constraintOf(thrown, code), message, entry)
  const make = ERRORS[code] ?? (saysAway(thrown) ? unreachable : failed)
  return make(server, cause, message)
}

/** What was said, without the row and the values that an error of PostgreSQL carries. */
export function causeOf(thrown: unknown): PostgresSaid {
  const code = systemCode(thrown) ?? 'unknown'
  // Messages about values (class 22: `invalid input syntax … "…"`) quote them: content, which errors never show.
  const quotes = thrown instanceof pg.DatabaseError && code.startsWith('22')
  return new PostgresSaid(code, quotes ? `a value does not fit, SQLSTATE ${code}` : describe(thrown))
}

/** The answer to a commit was lost, and with it whether the batch was kept. */
export function commitUnknown(server: string, thrown: unknown): AppError {
  return new AppError(
    'internal',
    'database_commit_unknown',
    `The connection to ${server} broke while a change was being kept, so it may have been kept or not. Look before you do it again.`,
    { cause: causeOf(thrown) },
  )
}

class PostgresSaid extends Error {
  override readonly name = 'PostgresSaid'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** PostgreSQL names the constraint of a primary key `<table>_pkey`. */
function constraintOf(error: pg.DatabaseError, code: string): string {
  if (code === '23505' && error.constraint?.endsWith('_pkey') === true) return 'primary_key'
  return CONSTRAINTS[code] ?? 'other'
}
