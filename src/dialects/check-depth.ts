import type { Fields } from './dialect.ts'
import { wrongField } from './errors.ts'

/** Deeper than any schema. What is nested without end would overflow the stack when it is written again. */
const MOST_LEVELS = 100

/** @throws AppError `request_invalid` naming the field of the request that is nested too deeply. */
export function checkDepth(body: Fields): void {
  for (const [name, value] of Object.entries(body)) {
    if (isTooDeep(value))
      throw wrongField(name.slice(0, 60), `must not be nested deeper than ${MOST_LEVELS} levels`)
  }
}

/** Walks level by level, so that no depth can overflow the stack. */
export function isTooDeep(value: unknown): boolean {
  let level = [value].filter(isNested)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === MOST_LEVELS) return true
    const next: object[] = []
    for (const parent of level) {
      for (const child of Object.values(parent)) if (isNested(child)) next.push(child)
    }
    level = next
  }
  return false
}

function isNested(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
