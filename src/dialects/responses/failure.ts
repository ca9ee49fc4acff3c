import { isRecord, tryParseJson } from '#base/json'
import { openAiError } from '#platform/http/index'
import type { Failure, Fields } from '../dialect.ts'

/** A host's text is a stranger's; more of it helps nobody. */
const MESSAGE_CHARS = 4_000

interface ErrorFields {
  readonly message: string
  readonly type: string
  readonly param: string | null
  readonly code: string
}

/** An error before anything was sent: OpenAI's form, with the host's own words where it had some. */
export function failureBody(failure: Failure): Fields {
  return { error: errorOf(failure) }
}

/** A host's refusal: its status stays, and what OpenAI's form wants and the host left out is added. */
export function hostFailureBody(status: number, body: Buffer): Fields {
  const parsed = tryParseJson(body.toString('utf8'))
  const own = {
    message: `The host answered ${status}. Its log may say why.`,
    type: status < 500 ? 'invalid_request_error' : 'server_error',
    param: null,
    code: 'host_error',
  }
  return { error: withHostWords(own, isRecord(parsed) ? parsed.error : undefined) }
}

/** An error in a stream: the `error` event, and what `response.failed` says of it. */
export function failureOf(failure: Failure): { event: Fields; error: Fields } {
  const { message, code, param } = errorOf(failure)
  return {
    event: { code, message, param },
    error: { code: failure.error.status === 429 ? 'rate_limit_exceeded' : 'server_error', message },
  }
}

function errorOf({ error, hostError }: Failure): ErrorFields {
  return withHostWords(openAiError(error).error as unknown as ErrorFields, hostError)
}

function withHostWords(own: ErrorFields, said: unknown): ErrorFields {
  if (typeof said === 'string') return { ...own, message: said.slice(0, MESSAGE_CHARS) }
  if (!isRecord(said)) return own
  return {
    message: textOr(said.message, own.message),
    type: textOr(said.type, own.type),
    param: textOr(said.param, own.param),
    // Some hosts give the status as a number here.
    code: textOr(said.code, own.code),
  }
}

function textOr<Otherwise>(value: unknown, otherwise: Otherwise): string | Otherwise {
  return typeof value === 'string' && value !== '' ? value.slice(0, MESSAGE_CHARS) : otherwise
}
