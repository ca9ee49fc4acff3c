import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent, request, type Dispatcher } from 'undici'
import { App } from '#app'
import type { ActorKind, Scope } from '#base/actor'
import { loadConfig } from '#config/index'
import { adminKeyFile, readAdminKey } from '#keys/index'
import { openLog, type LogLevel, type LogSink } from '#platform/log/index'
import { StreamedAnswer, wholeAnswer, type Answer } from './answers.ts'
import { checkAnswer } from './check-answer.ts'

export interface TestAppOptions {
  /** Model hosts: addresses, or whole entries as the configuration has them. */
  readonly hosts?: readonly (string | Readonly<Record<string, unknown>>)[]
  /** Further settings by their path: `{ 'relay.idle_timeout_ms': 50 }`. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** The configuration file; it stays with the data folder. */
  readonly file?: Readonly<Record<string, unknown>>
  readonly env?: Readonly<Record<string, string>>
  /** What is logged; kept in a file that `log()` reads. */
  readonly logLevel?: LogLevel
  /** A data folder that exists already; it is left where it is. */
  readonly data?: string
  /** How long a test waits for an answer before it fails. */
  readonly limitMs?: number
}

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
  /** Text and bytes go out as they are; anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** The key to send; the admin key where nothing is said, none for null. */
  readonly key?: string | null
  readonly signal?: AbortSignal
}

/** The whole of Hearth in this process, on a free port, with a data folder of its own. */
export class TestApp implements AsyncDisposable {
  readonly app: App
  readonly data: string
  readonly #ownsData: boolean
  readonly #log: LogSink
  readonly #agent: Agent
  readonly #limitMs: number

  private constructor(parts: { app: App; data: string; ownsData: boolean; log: LogSink; limitMs: number }) {
    this.app = parts.app
    this.data = parts.data
    this.#ownsData = parts.ownsData
    this.#log = parts.log
    this.#limitMs = parts.limitMs
    // A request that the server refuses at once may still be sending: pipelining would take its neighbours along.
    this.#agent = new Agent({
      pipelining: 1,
      connections: null,
      bodyTimeout: 0,
      headersTimeout: parts.limitMs,
    })
  }

  /** Starts Hearth and waits until it has asked every host for its models. */
  static async start(options: TestAppOptions = {}): Promise<TestApp> {
    const { hosts, settings = {}, file, env = {}, logLevel = 'silent', limitMs = 20_000 } = options
    const data = options.data ?? mkdtempSync(join(tmpdir(), 'hearth-app-'))
    const flags = {
      data,
      listeners: [{ address: '127.0.0.1:0' }],
      ...(hosts && { hosts: hosts.map((host) => (typeof host === 'string' ? { url: host } : host)) }),
      selftest: 'off',
      // What runs on the developer's machine is no part of a test.
      discovery: 'off',
      log_level: logLevel,
      shutdown_grace_ms: 200,
      ...settings,
    }
    if (file !== undefined) writeFileSync(join(data, 'config.yaml'), JSON.stringify(file))
    try {
      const config = await loadConfig({ values: new Map(Object.entries(flags)) }, env)
      // Stays open until the process ends: the log flushes itself on a timer that outlives the app.
      const log = openLog(logLevel, openSync(join(data, 'test.log'), 'a'))
      const app = new App({ config, log })
      await app.start()
      await app.modelsKnown
      return new TestApp({ app, data, ownsData: options.data === undefined, log, limitMs })
    } catch (error) {
      if (options.data === undefined) rmSync(data, { recursive: true, force: true })
      throw error
    }
  }

  get url(): string {
    return this.app.urls[0]!
  }

  get adminKey(): string {
    return readAdminKey(adminKeyFile(this.data))!
  }

  /** Makes a key and returns its secret. */
  async key(scope: Scope, kind: ActorKind = 'app'): Promise<string> {
    return (await this.newKey(scope, kind)).key
  }

  async newKey(scope: Scope, kind: ActorKind = 'app'): Promise<{ id: string; key: string }> {
    const answer = await this.post('/api/keys', { name: `${scope} of a ${kind}`, scope, kind })
    if (answer.status !== 201) throw new Error(`No key was made: ${answer.text}`)
    return answer.json()
  }

  /** Sends a request; a JSON answer that is off its contract fails the test. */
  async request(path: string, options: RequestOptions = {}): Promise<Answer> {
    const answer = await this.unchecked(path, options)
    checkAnswer(this.app.routes, options.method ?? 'GET', path.split('?', 1)[0]!, answer)
    return answer
  }

  post(path: string, body: unknown, options: RequestOptions = {}): Promise<Answer> {
    return this.request(path, { method: 'POST', body, ...options })
  }

  /** As `request`, for answers that are a host's own and promise nothing. */
  async unchecked(path: string, options: RequestOptions = {}): Promise<Answer> {
    return wholeAnswer(await this.#send(path, options))
  }

  /** Sends a POST and returns at the head of its answer. */
  async open(path: string, body: unknown, options: RequestOptions = {}): Promise<StreamedAnswer> {
    return new StreamedAnswer(await this.#send(path, { method: 'POST', body, ...options }), this.#limitMs)
  }

  /** What was logged so far. */
  log(): string {
    this.#log.flush()
    return readFileSync(join(this.data, 'test.log'), 'utf8')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
    await this.app.close()
    if (this.#ownsData) rmSync(this.data, { recursive: true, force: true })
  }

  #send(path: string, options: RequestOptions): Promise<Dispatcher.ResponseData> {
    const { method = 'GET', body, key = this.adminKey, headers = {}, signal } = options
    const isPlain = body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
    return request(this.url + path, {
      method,
      dispatcher: this.#agent,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === null ? {} : { authorization: `Bearer ${key}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isPlain ? body : JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
  }
}
