/** A SQLite failure in a form that survives the way between threads. */
export interface SqliteFailure {
  readonly message: string
  /** SQLite's extended result code, or 0 where the failure did not come from SQLite. */
  readonly errcode: number
}

/** The part of a thrown value that the other thread can use. */
export function toFailure(thrown: unknown): SqliteFailure {
  if (typeof thrown !== 'object' || thrown === null) return { message: String(thrown), errcode: 0 }
  const message = 'message' in thrown ? String(thrown.message) : 'no reason was given'
  const errcode = 'errcode' in thrown && typeof thrown.errcode === 'number' ? thrown.errcode : 0
  return { message, errcode }
}
