import { EventEmitter, once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { CallerGone, Connection } from './connection.ts'
import { Exchange } from './exchange.ts'
import { RequestReader } from './request-reader.ts'
import { json, type Script, type Step } from './script.ts'
import { within } from './within.ts'

export interface ScriptedHostOptions {
  /** What `GET /v1/models` lists. */
  readonly models: readonly string[]
  /** How long any single wait may take before it fails the test. */
  readonly limitMs?: number
  /** Where it listens; on some port of loopback where nothing is said. */
  readonly address?: { readonly host: string; readonly port: number }
}

/**
 * A model host that does to its callers exactly what a test scripts: answers, stalls, floods, cuts its
 * bytes anywhere, vanishes and returns. It speaks through raw sockets, so that what is on the wire is
 * what the script says. No wait is endless, and a wait that ran out of time cannot pass unseen: disposing
 * of the host throws what went wrong inside its scripts.
 */
export class ScriptedHost {
  /** Every request in the order in which it was complete. */
  readonly requests: Exchange[] = []
  /** Connections taken since the start. */
  acceptedSockets = 0
  readonly #limitMs: number
  readonly #scripts = new Map<string, Script>()
  readonly #connections = new Set<Connection>()
  readonly #changes = new EventEmitter()
  readonly #failures: unknown[] = []
  #server: Server | undefined
  #host = '127.0.0.1'
  #port = 0

  private constructor(options: ScriptedHostOptions) {
    this.#limitMs = options.limitMs ?? 10_000
    this.#changes.setMaxListeners(0)
    this.on('/v1/models', [json(modelList(options.models))])
  }

  static async start(options: ScriptedHostOptions): Promise<ScriptedHost> {
    const host = new ScriptedHost(options)
    if (options.address === undefined) await host.#listenSomewhere()
    else {
      host.#host = options.address.host
      await host.#listen(options.address.port)
    }
    return host
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}`
  }

  get openSockets(): number {
    return this.#connections.size
  }

  /** Says how requests to `path` (without its query) are answered from now on. */
  on(path: string, script: Script): void {
    this.#scripts.set(path, script)
  }

  /** The request number `index`, from 0, once it has arrived. */
  async request(index = 0): Promise<Exchange> {
    await this.until(() => this.requests.length > index, `request ${index} (so far ${this.requests.length})`)
    return this.requests[index]!
  }

  /** Resolves once `holds` is true; it is asked again after each request and each change of a connection. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const { promise, resolve }: PromiseWithResolvers<void> = Promise.withResolvers()
    const look = (): void => {
      if (holds()) resolve()
    }
    this.#changes.on('change', look)
    look()
    try {
      await within(this.#limitMs, what, promise)
    } finally {
      this.#changes.off('change', look)
    }
  }

  /** Goes away as a switched-off machine does: nobody listens, every connection is cut. */
  async stop(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = once(server, 'close')
    server.close()
    for (const connection of this.#connections) connection.reset()
    await within(this.#limitMs, 'the scripted host to close', closed)
  }

  /** Comes back on the same port after `stop`, with the same scripts. */
  async startAgain(): Promise<void> {
    await this.#listen(this.#port)
  }

  /** Stops, and throws what went wrong inside the scripts. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
    if (this.#failures.length > 0)
      throw new AggregateError(this.#failures, `Scripts failed: ${this.#failures.join(' ')}`)
  }

  async #listenSomewhere(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#listen(quietPort())
        return
      } catch (error) {
        if (attempt === 50) throw error
      }
    }
  }

  async #listen(port: number): Promise<void> {
    const server = createServer({ noDelay: true }, (socket) => {
      this.#accept(socket)
    })
    const listening = once(server, 'listening')
    server.listen(port, this.#host)
    await within(this.#limitMs, `port ${port}`, listening)
    this.#port = port
    this.#server = server
  }

  #accept(socket: Socket): void {
    this.acceptedSockets++
    const connection = new Connection(socket, this.#limitMs)
    this.#connections.add(connection)
    const reader = new RequestReader()
    let answering = Promise.resolve()
    socket.on('close', () => {
      this.#connections.delete(connection)
      this.#changed()
    })
    socket.on('data', (bytes) => {
      try {
        reader.push(bytes)
        // One request at a time on a connection, in order, as HTTP/1.1 wants it.
        for (let request = reader.next(); request !== undefined; request = reader.next()) {
          const exchange = new Exchange(request, connection, this.#limitMs)
          answering = answering.then(() => this.#answer(exchange))
        }
      } catch (error) {
        this.#fail(error, connection)
      }
    })
    this.#changed()
  }

  async #answer(exchange: Exchange): Promise<void> {
    this.requests.push(exchange)
    this.#changed()
    try {
      for (const step of this.#stepsFor(exchange)) await step(exchange)
    } catch (error) {
      if (!(error instanceof CallerGone)) this.#fail(error, exchange.connection)
    }
    this.#changed()
  }

  #stepsFor(exchange: Exchange): readonly Step[] {
    const path = exchange.path.split('?', 1)[0]!
    const script = this.#scripts.get(path)
    if (script === undefined) return [json(notFound(path), { status: 404 })]
    return typeof script === 'function' ? script(exchange) : script
  }

  #fail(error: unknown, connection: Connection): void {
    this.#failures.push(error)
    connection.reset()
  }

  #changed(): void {
    this.#changes.emit('change')
  }
}

/**
 * A port below the range from which Linux serves outgoing connections: while a stopped host is away,
 * nobody's outgoing connection (not even one to this very port) can be given its number.
 */
function quietPort(): number {
  return 12_000 + Math.floor(Math.random() * 20_000)
}

function modelList(models: readonly string[]): unknown {
  return {
    object: 'list',
    data: models.map((id) => ({ id, object: 'model', created: 1, owned_by: 'scripted' })),
  }
}

function notFound(path: string): unknown {
  return {
    error: {
      message: `No script for ${path}.`,
      type: 'invalid_request_error',
      param: null,
      code: 'not_found',
    },
  }
}
