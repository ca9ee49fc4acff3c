import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '#base/errors'
import { redact } from '#base/redact'
import type { Log } from '#platform/log/index'
import type { EgressPolicy } from './egress-policy.ts'
import { HostPool, type ExchangeListener, type HostPoolOptions } from './host-pool.ts'

export interface SmallAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface SmallRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  readonly maxBytes?: number
}

const MAX_SMALL_BYTES = 8 * 1024 * 1024

/**
 * Sends one request whose answer fits in memory: probes and control calls, not token streams.
 *
 * @throws the connection's error, or AppError `host_timeout` / `host_answer_too_large`.
 */
export function exchangeSmall(pool: HostPool, request: SmallRequest): Promise<SmallAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let head: { status: number; headers: IncomingHttpHeaders } | undefined
    const listener: ExchangeListener = {
      onHeaders: (status, headers) => {
        head = { status, headers }
      },
      onData: (chunk) => {
        size += chunk.length
        if (size > (request.maxBytes ?? MAX_SMALL_BYTES)) exchange.abort(tooLarge())
        else chunks.push(chunk)
      },
      onEnd: () => {
        clearTimeout(timer)
        resolve({ ...head!, body: Buffer.concat(chunks) })
      },
      onError: (error) => {
        clearTimeout(timer)
        reject(error)
      },
    }
    const timer = setTimeout(() => exchange.abort(timedOut(request.timeoutMs)), request.timeoutMs)
    const headers = Object.entries(request.headers ?? {}).flat()
    const exchange = pool.dispatch(
      {
        method: request.method ?? 'GET',
        path: request.path,
        headers,
        ...(request.body === undefined ? {} : { body: request.body }),
      },
      listener,
    )
  })
}

function timedOut(ms: number): AppError {
  return new AppError('timeout', 'host_timeout', `The host did not answer within ${String(ms)} ms.`)
}

function tooLarge(): AppError {
  return new AppError(
    'upstream',
    'host_answer_too_large',
    'The host answered with more data than such an answer may have.',
  )
}

/** Makes pools that obey one egress policy and leaves a redacted line for each. */
export class Outbound {
  readonly policy: EgressPolicy
  readonly #log: Log

  constructor(options: { policy: EgressPolicy; log: Log }) {
    this.policy = options.policy
    this.#log = options.log
  }

  /** Connections to a host named in the configuration, or to where one may be. */
  poolFor(url: string, limits: Pick<HostPoolOptions, 'connecting' | 'maxSockets'> = {}): HostPool {
    this.#log.debug({ url: redact(url) }, 'outbound pool opened')
    return new HostPool({ ...limits, origin: new URL(url).origin, policy: this.policy })
  }
}

/** Connections to a model's child process. They never leave the machine, so no policy applies. */
export function socketPool(socketPath: string): HostPool {
  return new HostPool({ origin: 'http://localhost', socketPath, maxSockets: 16, maxIdleSockets: 4 })
}
