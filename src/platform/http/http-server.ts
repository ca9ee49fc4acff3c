import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { AppError, describe, isAppError, systemCode, toAppError } from '#base/errors'
import type { Ids } from '#base/ids'
import type { Clock } from '#base/time'
import { answerRaw } from './answer-raw.ts'
import { correlationHeaders, openCall, type Call } from './call.ts'
import { errorBody, errorHeaders, shapeForPath } from './error-bodies.ts'
import type { HostCheck } from './host-check.ts'
import type { Peers } from './peers.ts'
import type { RequestRecord } from './request-record.ts'

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  readonly basePath: string
}

/** Answers a request that it recognises and says so; anything else goes to the next. */
export type Answerer = (request: IncomingMessage, response: ServerResponse, call: Call) => boolean

export interface HttpServerOptions {
  readonly listeners: readonly ListenerOptions[]
  readonly peers: Peers
  readonly hostCheck: HostCheck
  readonly ids: Ids
  readonly clock: Clock
  readonly record: RequestRecord
  /** Asked in order; the last one answers everything. */
  readonly answerers: readonly Answerer[]
}

const KEEP_ALIVE_TIMEOUT_MS = 65_000
const CUT_DELAY_MS = 100
const SWEEP_MS = 50

/**
 * The listeners and what every request passes first, whoever answers it: a correlation id, the check of
 * `Host` and `Origin`, and the refusal of new work while stopping.
 */
export class HttpServer {
  readonly #options: HttpServerOptions
  readonly #servers: Server[] = []
  /** Connections that asked for nothing yet (browsers open them in advance). Node does not count them as idle. */
  readonly #silent = new Set<Socket>()
  #stopping = false

  constructor(options: HttpServerOptions) {
    this.#options = options
  }

  /**
   * Starts every listener; resolves with their addresses once all of them answer.
   *
   * @throws AppError `port_in_use` or `listen_failed`, after closing those already started.
   */
  async start(): Promise<ListenerOptions[]> {
    const started: ListenerOptions[] = []
    for (const listener of this.#options.listeners) {
      started.push({ ...listener, port: await this.#listen(listener) })
    }
    return started
  }

  /**
   * Takes no new work, lets answers under way finish, and ends those that remain when `signal` aborts.
   * A connection that carries no request is closed at once.
   */
  async close(signal: AbortSignal): Promise<void> {
    this.#stopping = true
    const { clock } = this.#options
    const cut = (): void => {
      // Answers that were ended with an error in the same moment still leave.
      clock.after(CUT_DELAY_MS, () => {
        for (const server of this.#servers) server.closeAllConnections()
      })
    }
    signal.addEventListener('abort', cut, { once: true })
    if (signal.aborted) cut()
    const closed = this.#servers.map((server) => closeServer(server))
    for (const socket of this.#silent) if (socket.bytesRead === 0) socket.destroy()
    await Promise.all(closed)
    signal.removeEventListener('abort', cut)
  }

  async #listen(listener: ListenerOptions): Promise<number> {
    // A missing Host is for the check of `Host` to refuse, which says why.
    const server = createServer({ noDelay: true, requireHostHeader: false }, (request, response) =>
      this.#receive(request, response, listener.basePath),
    )
    server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) =>
      this.#receive(request, response, listener.basePath, expectationUnknown),
    )
    server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS
    server.on('connection', (socket) => {
      if (!this.#options.peers.admits(socket.remoteAddress)) {
        socket.destroy()
        return
      }
      this.#silent.add(socket)
      socket.once('close', () => this.#silent.delete(socket))
    })
    // A model may think for long before it answers; the relay has its own limits.
    server.timeout = 0
    server.on('clientError', (error, socket) => answerRaw(socket, error))
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(listenError(listener, cause)))
      server.listen({ host: listener.host, port: listener.port }, resolve)
    })
    this.#servers.push(server)
    return (server.address() as AddressInfo).port
  }

  #receive(
    request: IncomingMessage,
    response: ServerResponse,
    basePath: string,
    fault?: () => AppError,
  ): void {
    this.#silent.delete(request.socket)
    const { ids, clock, peers, hostCheck, answerers } = this.#options
    const { url } = request
    if (basePath !== '') request.url = withoutBasePath(request.url ?? '/', basePath)
    const call = openCall(request, pathOf(request.url ?? '/'), ids, clock)
    try {
      if (this.#stopping) throw stopping()
      peers.followProxy(request, call)
      hostCheck.check({ url, headers: request.headers, rawHeaders: request.rawHeaders })
      if (fault !== undefined) throw fault()
      for (const answer of answerers) if (answer(request, response, call)) return
    } catch (thrown) {
      this.#refuse(request, response, call, isAppError(thrown) ? thrown : toAppError(thrown))
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, call: Call, error: AppError): void {
    if (response.headersSent) {
      response.destroy()
      return
    }
    const body = JSON.stringify(errorBody(shapeForPath(call.path), error, call.correlationId))
    response.once('close', () => this.#options.record.write(call, error.status))
    response.writeHead(error.status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      ...(this.#stopping || !request.complete ? { connection: 'close' } : {}),
      ...correlationHeaders(call),
      ...errorHeaders(error),
    })
    response.end(body)
  }
}

/** Closes connections as they become idle: Node closes only those that are idle at the call. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
    server.close(() => {
      clearInterval(sweep)
      resolve()
    })
  })
}

function pathOf(url: string): string {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

function withoutBasePath(url: string, basePath: string): string {
  if (url === basePath) return '/'
  return url.startsWith(`${basePath}/`) ? url.slice(basePath.length) : url
}

function stopping(): AppError {
  return new AppError(
    'unavailable',
    'stopping',
    'Hearth is stopping and takes no new work. Try again in a moment.',
    { retryAfterSeconds: 5 },
  )
}

function expectationUnknown(): AppError {
  return new AppError(
    'expectation_failed',
    'expectation_unknown',
    'Of what an Expect header can ask, Hearth knows 100-continue only. Send the request without the header.',
  )
}

function listenError({ host, port }: ListenerOptions, cause: Error): AppError {
  const code = systemCode(cause)
  const where = `${host}:${String(port)}`
  if (code === 'EADDRINUSE') {
    return new AppError(
      'conflict',
      'port_in_use',
      `Port ${String(port)} on ${host} is in use by another program. Stop it, or choose another with --listen ${host}:PORT.`,
      { cause },
    )
  }
  if (code === 'EACCES') {
    return new AppError(
      'forbidden',
      'listen_failed',
      `Hearth may not listen on ${where}: ports below 1024 need a privilege. Choose another with --listen.`,
      { cause },
    )
  }
  return new AppError(
    'unavailable',
    'listen_failed',
    `Hearth cannot listen on ${where} (${code ?? describe(cause)}). Choose an address of this machine with --listen.`,
    { cause },
  )
}
