import type { HostTarget } from '#hosts/index'
import type { Call } from '#platform/http/index'
import type { RelayRequest } from './read-request.ts'

export interface UpstreamHeadersInput {
  readonly request: RelayRequest
  readonly target: HostTarget
  readonly call: Call
  readonly hops: number
  readonly spanId: string
  readonly acceptEncoding: string | undefined
}

/**
 * The headers a host gets: made anew, so that no credential or cookie of the caller can pass (product rule
 * "Callers' secrets").
 */
export function upstreamHeaders({
  request,
  target,
  call,
  hops,
  spanId,
  acceptEncoding,
}: UpstreamHeadersInput): string[] {
  // As few as possible: the client checks every one of them.
  const headers = [
    'content-type',
    'application/json',
    'traceparent',
    `00-${call.correlationId}-${spanId}-01`,
    'x-hearth-hops',
    String(hops),
  ]
  if (request.isStream) headers.push('accept', 'text/event-stream')
  // What a host compresses unasked is decoded.
  if (acceptEncoding !== undefined) headers.push('accept-encoding', acceptEncoding)
  if (call.callerCorrelationId !== undefined) headers.push('x-correlation-id', call.callerCorrelationId)
  if (target.authorization !== undefined) headers.push('authorization', target.authorization)
  return headers
}
