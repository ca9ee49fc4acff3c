import type { z } from 'zod'
import { nearNames } from '#base/text'

/** One line for each thing that is wrong, with its path and what is allowed. */
export function problemsOf(
  error: z.ZodError,
  label: (path: string) => string,
  known: readonly string[],
): string[] {
  return error.issues.flatMap((issue) => {
    const path = formatPath(issue.path)
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey(path === '' ? key : `${path}.${key}`, label, known))
    }
    if (issue.code === 'invalid_value')
      return [`${label(path)}: expected one of ${issue.values.map(String).join(', ')}`]
    return [`${label(path)}: ${lowerFirst(issue.message.replace(/^Invalid input: /, ''))}`]
  })
}

/** `hosts[0].url` from `['hosts', 0, 'url']`. */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number'
        ? `${text}[${String(part)}]`
        : text === ''
          ? String(part)
          : `${text}.${String(part)}`,
    '',
  )
}

function unknownKey(path: string, label: (path: string) => string, known: readonly string[]): string {
  const near = nearNames(path, known)
  return `${label(path)}: no such setting${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''}`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
