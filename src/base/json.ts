export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Parses text that may not be JSON; undefined where it is not. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
