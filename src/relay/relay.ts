import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AppError } from '#base/errors'
import { Roster } from '#base/roster'
import type { Metrics } from '#platform/metrics/index'
import type { Call } from '#platform/http/index'
import { Deadlines } from './deadlines.ts'
import { ENDPOINTS, type Endpoint } from './read-request.ts'
import { RelayedCall, type RelayedCallInput } from './relayed-call.ts'
import { RelayMetrics } from './relay-metrics.ts'
import type { RelayParts } from './relay-parts.ts'

type Target = Pick<RelayedCallInput, 'endpoint' | 'dialect'>

/** What dialects are translated to. */
const CHAT: Endpoint = '/v1/chat/completions'

/**
 * The OpenAI calls that are passed to a model host. They are answered before the router, because a token
 * stream bears no layer between two sockets; identify, log and error functions are the same.
 */
export class Relay {
  readonly #parts: RelayParts
  readonly #targets: ReadonlyMap<string, Target>

  constructor(options: Omit<RelayParts, 'metrics' | 'deadlines' | 'active'> & { readonly metrics: Metrics }) {
    const active: RelayParts['active'] = new Roster()
    this.#parts = {
      ...options,
      metrics: new RelayMetrics(options.metrics, () => active.size),
      deadlines: new Deadlines(options.clock),
      active,
    }
    this.#targets = new Map<string, Target>([
      ...ENDPOINTS.map((endpoint) => [endpoint, { endpoint, dialect: undefined }] as const),
      ...options.dialects.map((dialect) => [dialect.path, { endpoint: CHAT, dialect }] as const),
    ])
  }

  /** Answers the request if it is one of the relay's. */
  answer(request: IncomingMessage, response: ServerResponse, call: Call): boolean {
    if (request.method !== 'POST') return false
    const path = call.path.endsWith('/') ? call.path.slice(0, -1) : call.path
    const target = this.#targets.get(path)
    if (target === undefined) return false
    call.route = path
    const relayed = new RelayedCall(this.#parts, {
      endpoint: target.endpoint,
      dialect: target.dialect,
      request,
      response,
      call,
    })
    this.#parts.active.add(relayed)
    void relayed.run()
    return true
  }

  /** Ends what is still under way, with an error the callers can read. */
  abortAll(reason: AppError): void {
    for (const relayed of this.#parts.active.entries()) relayed.abort(reason)
  }
}
