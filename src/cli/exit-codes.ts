import { ERROR_KINDS, isAppError, type ErrorKind } from '#base/errors'

/**
 * Exit statuses of every command, after sysexits.h where it has a fitting one. Listed in docs/cli.md.
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
} as const

const BY_CODE: Record<string, number> = {
  config_invalid: EXIT.badConfiguration,
  config_unreadable: EXIT.badConfiguration,
  data_folder_locked: EXIT.folderLocked,
  data_folder_unusable: EXIT.folderUnusable,
  database_damaged: EXIT.damagedData,
  schema_newer: EXIT.damagedData,
  migration_edited: EXIT.damagedData,
  port_in_use: EXIT.portInUse,
  listen_failed: EXIT.portInUse,
}

const BY_KIND: Record<ErrorKind, number> = {
  invalid_input: EXIT.usage,
  unauthenticated: EXIT.noPermission,
  forbidden: EXIT.noPermission,
  not_found: EXIT.notFound,
  conflict: EXIT.refused,
  too_large: EXIT.usage,
  misdirected: EXIT.usage,
  limited: EXIT.temporary,
  cancelled: EXIT.failed,
  internal: EXIT.internal,
  upstream: EXIT.unavailable,
  unavailable: EXIT.unavailable,
  timeout: EXIT.unavailable,
  loop: EXIT.unavailable,
}

export function exitCodeOf(error: unknown): number {
  if (!isAppError(error)) return EXIT.internal
  return BY_CODE[error.code] ?? BY_KIND[error.kind]
}

/** Whether a kind is one an error from a server may have; others are read as internal. */
export function isErrorKind(text: string): text is ErrorKind {
  return text in ERROR_KINDS
}
