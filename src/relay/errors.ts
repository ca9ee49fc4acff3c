import { AppError } from '#base/errors'
import type { ModelHost } from '#hosts/index'

/** Hosts that never answered may have the model, so it cannot be called unknown. */
export function hostsUnreached(
  model: string,
  hosts: readonly ModelHost[],
  near: readonly string[],
): AppError {
  const hint =
    near.length === 0 ? '' : ` Or did you mean ${near.map((name) => JSON.stringify(name)).join(' or ')}?`
  return new AppError(
    'unavailable',
    'host_unavailable',
    `No host that answers has the model ${JSON.stringify(model.slice(0, 200))}. Not answering: ${list(hosts)}. Start them or check their addresses.${hint}`,
    { param: 'model', retryAfterSeconds: 5, ...(near.length === 0 ? {} : { details: { near } }) },
  )
}

/** Every host that has the model was tried and none answered. */
export function noHostAnswers(reasons: readonly string[], cause: unknown): AppError {
  return new AppError(
    'unavailable',
    'host_unavailable',
    `No host of this model answers: ${reasons.join('; ')}. Try again when it is back.`,
    {
      retryAfterSeconds: 5,
      cause,
    },
  )
}

export function firstByteTimeout(ms: number): AppError {
  return new AppError(
    'timeout',
    'first_byte_timeout',
    `The host did not begin its answer within ${String(ms)} ms (relay.first_byte_timeout_ms).`,
  )
}

export function answerStalled(ms: number): AppError {
  return new AppError(
    'timeout',
    'answer_stalled',
    `The host fell silent for ${String(ms)} ms in the middle of its answer (relay.idle_timeout_ms). The answer is not complete.`,
  )
}

export function answerCut(why: string): AppError {
  return new AppError('upstream', 'answer_cut', `The answer is not complete: ${why}.`)
}

export function notAnEventStream(contentType: string, hostError: unknown): AppError {
  return new AppError(
    'upstream',
    'not_an_event_stream',
    `The host answered a stream request with ${contentType === '' ? 'no content type' : contentType.slice(0, 80)} instead of text/event-stream.`,
    {
      ...(hostError === undefined ? {} : { details: { host_error: hostError } }),
    },
  )
}

export function unexpectedEventStream(): AppError {
  return new AppError(
    'upstream',
    'unexpected_event_stream',
    'The host answered with a stream although none was asked for.',
  )
}

export function tooManyHops(hops: number): AppError {
  return new AppError(
    'loop',
    'too_many_hops',
    `This request already passed ${String(hops)} Hearths: the hosts of one lead back to another. Remove the circle from their hosts.`,
  )
}

export function callerLeft(): AppError {
  return new AppError('cancelled', 'caller_left', 'The caller closed the connection.')
}

export function callerStalled(ms: number): AppError {
  return new AppError(
    'cancelled',
    'caller_stalled',
    `The caller read nothing for ${ms} ms (relay.idle_timeout_ms), so its answer was ended.`,
  )
}

export function serverStopping(): AppError {
  return new AppError('unavailable', 'stopping', 'Hearth stopped before the answer was complete.', {
    retryAfterSeconds: 5,
  })
}

function list(hosts: readonly ModelHost[]): string {
  return hosts
    .map(({ name, health }) => `${name} (${health.lastError?.message ?? 'no answer yet'})`)
    .join(', ')
}
