import { randomFillSync } from 'node:crypto'

/** Makes identifiers; passed in so that simulations can be repeated. */
export interface Ids {
  /** 32 lower-case hex digits: a correlation id, which is also a W3C trace id. Never all zero. */
  correlationId(): string
  /** 16 lower-case hex digits: the id of one span of a trace. */
  spanId(): string
  /** A prefixed, URL-safe id such as `job_4f…` (24 hex digits after the prefix). */
  id(prefix: string): string
}

const POOL_BYTES = 4096

/** Ids from the system's random source, drawn in blocks because one call a request costs microseconds. */
export class RandomIds implements Ids {
  readonly #pool = Buffer.allocUnsafe(POOL_BYTES)
  #used = POOL_BYTES

  correlationId(): string {
    return this.#hex(16)
  }

  spanId(): string {
    return this.#hex(8)
  }

  id(prefix: string): string {
    return `${prefix}_${this.#hex(12)}`
  }

  #hex(bytes: number): string {
    if (this.#used + bytes > POOL_BYTES) {
      randomFillSync(this.#pool)
      this.#used = 0
    }
    const start = this.#used
    this.#used += bytes
    return this.#pool.toString('hex', start, this.#used)
  }
}

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/

/** The trace id of a W3C `traceparent` header, or undefined where it is absent, malformed or all zero. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  if (traceparent === undefined) return undefined
  const traceId = TRACEPARENT.exec(traceparent)?.[1]
  return traceId === undefined || /^0+$/.test(traceId) ? undefined : traceId
}

/** Whether a caller's `X-Correlation-Id` may be echoed (product rule: `[A-Za-z0-9-]{1,64}`). */
export function isCallerCorrelationId(value: string): boolean {
  return /^[\dA-Za-z-]{1,64}$/.test(value)
}
