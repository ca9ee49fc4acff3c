import { isRecord } from '#base/json'
import { anthropicError, anthropicErrorBody, anthropicErrorType } from '#platform/http/index'
import type { Failure, Fields } from '../dialect.ts'

/** A host's text is a stranger's; more of it helps nobody. */
const MESSAGE_CHARS = 4_000

/** An error in Anthropic's form, with the host's own words where it had some. */
export function failureBody({ error, hostError }: Failure, correlationId?: string): Fields {
  const said = messageIn(hostError)
  return said === undefined
    ? anthropicError(error, correlationId)
    : anthropicErrorBody(anthropicErrorType(error.status), said, correlationId)
}

/** A host's refusal: its status stays, its words go into Anthropic's form. */
export function hostFailureBody(status: number, hostError: unknown, correlationId: string): Fields {
  const said = messageIn(hostError) ?? `The host answered ${status}. Its log may say why.`
  return anthropicErrorBody(anthropicErrorType(status), said, correlationId)
}

function messageIn(hostError: unknown): string | undefined {
  const text = isRecord(hostError) ? hostError.message : hostError
  return typeof text === 'string' && text !== '' ? text.slice(0, MESSAGE_CHARS) : undefined
}
