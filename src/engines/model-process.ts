import { fork, type ChildProcess } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { extname } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe } from '#base/errors'
import type { Clock, Timer } from '#base/time'
import { childMessageSchema, PULSE_MS, type ChildMessage, type ChildOptions } from './child-messages.ts'
import type { EngineLog } from './embedded-model.ts'

/** Why a child is gone. `reason` reads on after "because". */
export type ProcessEnd =
  | { readonly how: 'stopped' }
  | { readonly how: 'failed-to-load'; readonly reason: string }
  | { readonly how: 'crashed'; readonly reason: string }

export interface ProcessListener {
  onMessage(message: ChildMessage): void
  onEnd(end: ProcessEnd): void
}

const CHECK_MS = 2 * PULSE_MS
/** Three silent checks are 30 s. Checks are counted, not time, because a suspended machine skips pulses. */
const SILENT_CHECKS = 3

/** The child runs from source or from `dist`, like this file. */
const CHILD_FILE = fileURLToPath(new URL(`./model-child${extname(import.meta.url)}`, import.meta.url))

/** One child process that loads one model and serves it on a Unix socket. */
export class ModelProcess {
  readonly #options: ChildOptions
  readonly #clock: Clock
  readonly #log: EngineLog
  readonly #listener: ProcessListener
  readonly #environment: Readonly<Record<string, string>>
  readonly #ended = Promise.withResolvers<undefined>()
  #child: ChildProcess | undefined
  #watch: Timer | undefined
  #silentChecks = 0
  #isStopping = false
  #isReady = false
  #failure: string | undefined
  #lastErrorLine: string | undefined

  constructor(
    options: ChildOptions,
    parts: {
      clock: Clock
      log: EngineLog
      environment: Readonly<Record<string, string>>
      listener: ProcessListener
    },
  ) {
    this.#options = options
    this.#clock = parts.clock
    this.#log = parts.log
    this.#listener = parts.listener
    this.#environment = parts.environment
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  get socketPath(): string {
    return this.#options.socketPath
  }

  start(): void {
    const child = fork(CHILD_FILE, [JSON.stringify(this.#options)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: this.#environment,
    })
    this.#child = child
    child.on('message', (message) => this.#hear(message))
    child.on('error', (error) => this.#startFailed(error))
    // `close` follows `exit` once both streams are read, so that the last words are known.
    child.on('close', (code, signal) =>
      this.#end(signal === null ? `exit code ${String(code)}` : `signal ${signal}`),
    )
    this.#logLines(child, 'stdout')
    this.#logLines(child, 'stderr')
    this.#watchPulse()
  }

  /**
   * Ends the child and waits until it is gone. Can be called again. It is killed because it has nothing
   * to save, and native destructors may wait for a batch that is still being computed.
   */
  async close(): Promise<void> {
    this.#isStopping = true
    if (this.#child === undefined) return
    this.#child.kill('SIGKILL')
    await this.#ended.promise
  }

  #hear(raw: unknown): void {
    this.#silentChecks = 0
    const { data: message } = childMessageSchema.safeParse(raw)
    if (message === undefined || this.#isStopping) return
    if (message.type === 'failed') this.#failure = message.reason
    if (message.type === 'stuck') this.#failure = 'a generation did not stop when told to'
    if (message.type === 'ready') this.#isReady = true
    this.#listener.onMessage(message)
  }

  /** `error` also tells of a signal that could not be sent; only a child without an id never started. */
  #startFailed(error: Error): void {
    if (this.pid === undefined) this.#end(`no start (${describe(error)})`)
  }

  #end(how: string): void {
    if (this.#watch === undefined) return
    this.#watch.cancel()
    this.#watch = undefined
    this.#child = undefined
    void rm(this.socketPath, { force: true }).finally(() => {
      this.#ended.resolve(undefined)
      this.#listener.onEnd(this.#describeEnd(how))
    })
  }

  #describeEnd(how: string): ProcessEnd {
    if (this.#isStopping) return { how: 'stopped' }
    const reason = this.#failure ?? this.#crashReason(how)
    return { how: this.#isReady ? 'crashed' : 'failed-to-load', reason }
  }

  #crashReason(how: string): string {
    const lastWords = this.#lastErrorLine === undefined ? '' : `; its last words: ${this.#lastErrorLine}`
    return `its process ended with ${how}${lastWords}`
  }

  /** Kills a child that hangs: its event loop has sent no pulse for 30 s. */
  #watchPulse(): void {
    this.#watch = this.#clock.after(CHECK_MS, () => {
      this.#silentChecks++
      if (this.#silentChecks < SILENT_CHECKS) {
        this.#watchPulse()
        return
      }
      this.#failure = 'its process hung for 30 s'
      this.#child?.kill('SIGKILL')
    })
  }

  /** llama.cpp writes to both streams; none of it may reach the server's own output. */
  #logLines(child: ChildProcess, stream: 'stdout' | 'stderr'): void {
    const source = child[stream]
    if (source === null) return
    createInterface({ input: source, crlfDelay: Infinity }).on('line', (line) => {
      if (stream === 'stderr' && line.trim() !== '') this.#lastErrorLine = line.trim().slice(0, 300)
      this.#log.debug({ model: this.#options.id, stream }, line)
    })
  }
}
