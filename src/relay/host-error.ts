import { AppError } from '#base/errors'
import { isRecord, tryParseJson } from '#base/json'

/** What a host says went wrong: OpenAI's object, or just a text; undefined where its body has no error. */
export function hostErrorIn(body: Buffer): Record<string, unknown> | string | undefined {
  const parsed = tryParseJson(body.toString('utf8'))
  const error = isRecord(parsed) ? parsed.error : undefined
  return isRecord(error) || typeof error === 'string' ? error : undefined
}

/**
 * The refusal of a host as an error event, for a stream that had begun with keep-alives: the host's own
 * error where it gave one.
 */
export function hostErrorEvent(status: number, body: Buffer): { error: AppError; body: unknown } {
  const error = new AppError('upstream', 'host_error', `The host answered ${status}. Its log may say why.`)
  const own = hostErrorIn(body)
  return { error, body: own === undefined ? undefined : { error: own } }
}
