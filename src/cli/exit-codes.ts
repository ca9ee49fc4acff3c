import { ERROR_KINDS, isAppError, type ErrorKind } from '#base/errors'

/**
 * Exit statuses of every command, after sysexits.h where it has a fitting one. docs/cli.md says what each
 * means; a test holds the two together.
 */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 64,
  damagedData: 65,
  notFound: 66,
  refused: 67,
  unavailable: 69,
  internal: 70,
  portInUse: 71,
  folderLocked: 73,
  folderUnusable: 74,
  temporary: 75,
  noPermission: 77,
  badConfiguration: 78,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const BY_CODE: Record<string, ExitCode> = {
  backup_damaged: EXIT.damagedData,
  backup_newer: EXIT.damagedData,
  backup_unwritable: EXIT.folderUnusable,
  config_invalid: EXIT.badConfiguration,
  config_unreadable: EXIT.badConfiguration,
  data_folder_locked: EXIT.folderLocked,
  data_folder_unusable: EXIT.folderUnusable,
  database_busy: EXIT.temporary,
  database_damaged: EXIT.damagedData,
  database_in_use: EXIT.folderLocked,
  database_login_refused: EXIT.noPermission,
  database_missing: EXIT.badConfiguration,
  database_not_allowed: EXIT.noPermission,
  database_unfit: EXIT.badConfiguration,
  disk_full: EXIT.folderUnusable,
  dump_damaged: EXIT.damagedData,
  disk_space_short: EXIT.folderUnusable,
  interrupted: EXIT.interrupted,
  schema_newer: EXIT.damagedData,
  migration_edited: EXIT.damagedData,
  port_in_use: EXIT.portInUse,
  listen_failed: EXIT.portInUse,
}

const BY_KIND: Record<ErrorKind, ExitCode> = {
  invalid_input: EXIT.usage,
  unauthenticated: EXIT.noPermission,
  forbidden: EXIT.noPermission,
  not_found: EXIT.notFound,
  conflict: EXIT.refused,
  too_large: EXIT.usage,
  unprocessable: EXIT.usage,
  expectation_failed: EXIT.usage,
  misdirected: EXIT.usage,
  limited: EXIT.temporary,
  cancelled: EXIT.failed,
  internal: EXIT.internal,
  upstream: EXIT.unavailable,
  unavailable: EXIT.unavailable,
  timeout: EXIT.unavailable,
  loop: EXIT.unavailable,
}

export function exitCodeOf(error: unknown): ExitCode {
  if (!isAppError(error)) return EXIT.internal
  return BY_CODE[error.code] ?? BY_KIND[error.kind]
}

/** Whether a word is one of the kinds of errors: `type` in an error of `/api`. */
export function isErrorKind(text: string): text is ErrorKind {
  return Object.hasOwn(ERROR_KINDS, text)
}
