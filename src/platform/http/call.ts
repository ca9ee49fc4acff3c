import type { IncomingMessage } from 'node:http'
import type { Actor } from '#base/actor'
import { isCallerCorrelationId, traceIdOf, type Ids } from '#base/ids'
import type { Clock } from '#base/time'

/** One request as Hearth sees it, from its first header to the line it leaves in the log. */
export interface Call {
  /** Hearth's id for it: 32 hex digits, the W3C trace id (adopted from `traceparent` where there is one). */
  readonly correlationId: string
  /** The caller's own `X-Correlation-Id`, echoed and kept beside ours. */
  readonly callerCorrelationId: string | undefined
  /** Monotonic milliseconds. */
  readonly receivedAt: number
  readonly method: string
  /** Without query, which may hold what nobody should log. */
  readonly path: string
  /** The caller's, also where a trusted proxy stands between. */
  remoteAddress: string
  /** Whether the caller speaks https, to a trusted proxy. */
  isHttps: boolean
  /** The pattern of the route that answers, for metrics: never a path with ids in it. */
  route: string
  actor: Actor | undefined
}

export function openCall(request: IncomingMessage, path: string, ids: Ids, clock: Clock): Call {
  const caller = request.headers['x-correlation-id']
  const traceparent = request.headers.traceparent
  return {
    correlationId:
      traceIdOf(typeof traceparent === 'string' ? traceparent : undefined) ?? ids.correlationId(),
    callerCorrelationId: typeof caller === 'string' && isCallerCorrelationId(caller) ? caller : undefined,
    receivedAt: clock.monotonic(),
    method: request.method ?? 'GET',
    path,
    remoteAddress: request.socket.remoteAddress ?? '',
    isHttps: false,
    route: 'none',
    actor: undefined,
  }
}

/** The headers that every response carries, as name, value, name, value. */
export function correlationHeaderList(call: Call): string[] {
  return [
    ...['x-correlation-id', call.callerCorrelationId ?? call.correlationId],
    ...['x-request-id', call.correlationId],
  ]
}

/** The same as an object. */
export function correlationHeaders(call: Call): Record<string, string> {
  const [correlation, correlationId, request, requestId] = correlationHeaderList(call)
  return { [correlation!]: correlationId!, [request!]: requestId! }
}
