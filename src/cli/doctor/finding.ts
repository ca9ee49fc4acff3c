export type Level = 'ok' | 'warn' | 'fail'

/** What one check found, and what to do where it is not in order. */
export interface Finding {
  readonly name: string
  readonly level: Level
  readonly message: string
  readonly advice?: string
}

export function ok(name: string, message: string): Finding {
  return { name, level: 'ok', message }
}

/** It works, and may not for long or not as it should. */
export function warn(name: string, message: string, advice: string): Finding {
  return { name, level: 'warn', message, advice }
}

/** It does not work. Messages of an AppError say themselves what to do. */
export function fail(name: string, message: string, advice?: string): Finding {
  return { name, level: 'fail', message, ...(advice === undefined ? {} : { advice }) }
}
