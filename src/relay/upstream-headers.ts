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
  const headers = [
    'content-type',
    'application/json',
    'accept',
    request.isStream ? 'text/event-stream' : 'application/json',
    'accept-encoding',
    acceptEncoding ?? 'identity',
    'user-agent',
    'hearth',
    'traceparent',
    `00-${call.correlationId}-${spanId}-01`,
    'x-correlation-id',
    call.callerCorrelationId ?? call.correlationId,
    'x-hearth-hops',
    String(hops),
  ]
  if (target.authorization !== undefined) headers.push('authorization', target.authorization)
  return headers
}
