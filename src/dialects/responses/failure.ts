import { isRecord } from '#base/json'
import { openAiError } from '#platform/http/index'
import type { Failure, Fields } from '../dialect.ts'

/** A host's text is a stranger's; more of it helps nobody. */
const MESSAGE_CHARS = 4_000

/** An error before anything was sent: OpenAI's form, with the host's own words where it had some. */
export function failureBody({ error, hostError }: Failure): Fields {
  const own = openAiError(error)
  if (isRecord(hostError)) return { error: { ...own.error, ...hostError } }
  return typeof hostError === 'string' ? { error: { ...own.error, message: hostError } } : own
}

/** An error in a stream: the `error` event, and what `response.failed` says of it. */
export function failureOf(failure: Failure): { event: Fields; error: Fields } {
  const said = failureBody(failure).error as Fields
  const message =
    typeof said.message === 'string' ? said.message.slice(0, MESSAGE_CHARS) : failure.error.message
  return {
    event: {
      code: textOr(said.code, failure.error.code),
      message,
      param: textOr(said.param, null),
    },
    error: { code: failure.error.status === 429 ? 'rate_limit_exceeded' : 'server_error', message },
  }
}

function textOr<Otherwise>(value: unknown, otherwise: Otherwise): string | Otherwise {
  return typeof value === 'string' ? value : otherwise
}
