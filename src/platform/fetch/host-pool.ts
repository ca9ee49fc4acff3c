import { Client, type Dispatcher } from 'undici'
import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '#base/errors'
import type { EgressPolicy } from './egress-policy.ts'
import { guardedConnector, type ConnectLimits } from './connector.ts'

export interface HostRequest {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  /** Name, value, name, value: the cheapest form. */
  readonly headers: string[]
  readonly body?: Buffer | string
}

/** Hears one exchange with a host. Exactly one of `onEnd` and `onError` comes last. */
export interface ExchangeListener {
  onHeaders(status: number, headers: IncomingHttpHeaders): void
  onData(chunk: Buffer): void
  onEnd(): void
  /** @param reused whether the connection had served a request before, so a reset may mean a stale socket. */
  onError(error: Error, reused: boolean): void
}

/** Control over one exchange. */
export interface Exchange {
  pause(): void
  resume(): void
  /** Ends the exchange and closes its connection; the listener hears `onError` unless it is already over. */
  abort(reason: Error): void
}

export interface HostPoolOptions {
  /** Origin of the host, such as `http://127.0.0.1:1234`. */
  readonly origin: string
  /** A Unix socket to use instead of the origin's address. */
  readonly socketPath?: string
  /** What may be connected to; undefined lets everything through. */
  readonly policy?: EgressPolicy | undefined
  readonly maxSockets?: number
  readonly maxIdleSockets?: number
  readonly connecting?: ConnectLimits
}

const MAX_SOCKETS = 100
const MAX_IDLE_SOCKETS = 20
const TRIM_AFTER_MS = 1_000

/** One connection of a pool. */
interface Connection {
  readonly client: Client
  served: boolean
}

/**
 * Connections to one host, the one used last used again first, so that a quiet host keeps few sockets.
 * undici's own pool has no limit on idle sockets (Cathedral asks for 100 sockets, 20 of them idle).
 */
export class HostPool {
  readonly #options: HostPoolOptions
  readonly #idle: Connection[] = []
  readonly #all = new Set<Connection>()
  readonly #waiting: (() => void)[] = []
  readonly #maxSockets: number
  readonly #maxIdle: number
  #trimming: NodeJS.Timeout | undefined
  #retiring: (PromiseWithResolvers<void> & { limit: NodeJS.Timeout }) | undefined
  #closed = false

  constructor(options: HostPoolOptions) {
    this.#options = options
    this.#maxSockets = options.maxSockets ?? MAX_SOCKETS
    this.#maxIdle = options.maxIdleSockets ?? MAX_IDLE_SOCKETS
  }

  /** Open connections and how many of them are idle. */
  get sockets(): { open: number; idle: number } {
    return { open: this.#all.size, idle: this.#idle.length }
  }

  /** Sends a request; the listener hears what comes back. Never throws. */
  dispatch(request: HostRequest, listener: ExchangeListener): Exchange {
    const exchange = new PooledExchange(listener, (connection) => this.#release(connection))
    this.#take((connection, error) => exchange.begin(connection, error, request))
    return exchange
  }

  /**
   * Lets what is under way come to its end, then closes; whatever still is after `limitMs` ends in an error.
   * Until then it serves also who had chosen it a moment before. Resolves when all is closed.
   */
  retire(limitMs: number): Promise<void> {
    if (this.#closed) return Promise.resolve()
    if (this.#retiring === undefined) {
      const retired: PromiseWithResolvers<void> = Promise.withResolvers()
      this.#retiring = { ...retired, limit: setTimeout(() => void this.close(), limitMs).unref() }
    }
    const { promise } = this.#retiring
    this.#closeIfRetired()
    return promise
  }

  /** Closes every connection; what is under way ends in an error. */
  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#trimming)
    clearTimeout(this.#retiring?.limit)
    for (const wake of this.#waiting.splice(0)) wake()
    await Promise.all([...this.#all].map(({ client }) => client.destroy(closedError())))
    this.#all.clear()
    this.#idle.length = 0
    this.#retiring?.resolve()
  }

  #take(begin: (connection: Connection | undefined, error?: Error) => void): void {
    if (this.#closed) {
      begin(undefined, closedError())
      return
    }
    const idle = this.#idle.pop()
    if (idle !== undefined) begin(idle)
    else if (this.#all.size < this.#maxSockets) begin(this.#open())
    else this.#waiting.push(() => this.#take(begin))
  }

  #open(): Connection {
    const { origin, socketPath, policy, connecting } = this.#options
    const client = new Client(origin, {
      headersTimeout: 0,
      bodyTimeout: 0,
      pipelining: 1,
      ...(socketPath === undefined ? { connect: guardedConnector(policy, connecting) } : { socketPath }),
    })
    const connection: Connection = { client, served: false }
    client.on('disconnect', () => {
      connection.served = false
    })
    this.#all.add(connection)
    return connection
  }

  #release(connection: Connection): void {
    this.#idle.push(connection)
    this.#waiting.shift()?.()
    if (this.#retiring !== undefined) this.#closeIfRetired()
    else if (this.#idle.length > this.#maxIdle) this.#trimSoon()
  }

  /** Its last exchange is over when every connection is idle; who waits for one would have taken it. */
  #closeIfRetired(): void {
    if (!this.#closed && this.#idle.length === this.#all.size) void this.close()
  }

  /** Closes idle connections beyond the limit after a while, so that a burst does not close and reopen them. */
  #trimSoon(): void {
    this.#trimming ??= setTimeout(() => {
      this.#trimming = undefined
      const surplus = this.#idle.splice(0, Math.max(0, this.#idle.length - this.#maxIdle))
      for (const connection of surplus) {
        this.#all.delete(connection)
        void connection.client.destroy()
      }
    }, TRIM_AFTER_MS).unref()
  }
}

/** Ties a listener to the connection it was given, and gives the connection back once. */
class PooledExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly #listener: ExchangeListener
  readonly #release: (connection: Connection) => void
  #connection: Connection | undefined
  #controller: Dispatcher.DispatchController | undefined
  #abortReason: Error | undefined
  #reused = false
  #over = false

  constructor(listener: ExchangeListener, release: (connection: Connection) => void) {
    this.#listener = listener
    this.#release = release
  }

  begin(connection: Connection | undefined, error: Error | undefined, request: HostRequest): void {
    this.#connection = connection
    if (this.#over || connection === undefined) {
      this.#finish()
      if (!this.#over && error !== undefined) this.#fail(error)
      return
    }
    this.#reused = connection.served
    connection.client.dispatch({ ...request, body: request.body ?? null }, this)
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  abort(reason: Error): void {
    if (this.#over) return
    this.#abortReason = reason
    if (this.#controller !== undefined) this.#controller.abort(reason)
    else this.#fail(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#abortReason !== undefined) controller.abort(this.#abortReason)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status >= 200 && !this.#over) this.#listener.onHeaders(status, headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#over) this.#listener.onData(chunk)
  }

  onResponseEnd(): void {
    if (this.#connection !== undefined) this.#connection.served = true
    this.#finish()
    if (this.#over) return
    this.#over = true
    this.#listener.onEnd()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#finish()
    if (!this.#over) this.#fail(error)
  }

  #fail(error: Error): void {
    this.#over = true
    this.#listener.onError(error, this.#reused)
  }

  #finish(): void {
    const connection = this.#connection
    if (connection === undefined) return
    this.#connection = undefined
    this.#release(connection)
  }
}

function closedError(): AppError {
  return new AppError('unavailable', 'host_removed', 'The host was removed or Hearth is stopping. Try again.')
}
