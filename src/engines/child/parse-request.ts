import type { z } from 'zod'
import { isRecord } from '#base/json'
import { invalidRequest, unsupportedParameter } from '../errors.ts'

/** The body as the schema reads it; throws `invalid_request` naming the first field at fault. */
export function parseRequest<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const param = fieldPath(issue?.path ?? [])
  throw invalidRequest(`${param === '' ? 'The request body' : param}: ${issue?.message ?? 'invalid'}.`, param)
}

/** What a request asks for with a field, or undefined where it asks for nothing we cannot do. */
export type Refusal = (value: unknown) => string | undefined

/** Throws `unsupported_parameter` for the first field that asks for something the engine cannot do. */
export function refuse(body: unknown, refusals: Readonly<Record<string, Refusal>>): void {
  if (!isRecord(body)) return
  for (const [param, refusal] of Object.entries(refusals)) {
    const value = body[param]
    const what = value === undefined || value === null ? undefined : refusal(value)
    if (what !== undefined) throw unsupportedParameter(param, what)
  }
}

/** Refusals by the value of a field. */
export const always =
  (what: string): Refusal =>
  () =>
    what
export const unless =
  (isHarmless: (value: unknown) => boolean, what: string): Refusal =>
  (value) =>
    isHarmless(value) ? undefined : what

export const isEmpty = (value: unknown): boolean =>
  value === '' || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)

function fieldPath(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${String(part)}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}
