import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const STOP_LIMIT_MS = 5000
const READY_LIMIT_MS = 15_000

export interface ProcessOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Where stdout and stderr go; without it stdout is read by us and stderr is shown. */
  readonly logFile?: string
}

/** A child of the bench: never outlives it, and tells what it has used of the machine. */
export class BenchProcess {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #exited: Promise<unknown>
  readonly #kill: () => void

  constructor(command: readonly string[], { env = process.env, logFile }: ProcessOptions = {}) {
    const [file, ...args] = command
    const log = logFile === undefined ? undefined : openSync(logFile, 'a')
    this.#child = spawn(file!, args, {
      env,
      stdio: log === undefined ? ['ignore', 'pipe', 'inherit'] : ['ignore', log, log],
    })
    if (log !== undefined) closeSync(log)
    this.#exited = once(this.#child, 'exit')
    this.#kill = () => this.#child.kill('SIGKILL')
    // Before the handler that removes the temporary folder, which the child may be writing to.
    process.prependOnceListener('exit', this.#kill)
    this.#exited.then(
      () => process.off('exit', this.#kill),
      () => process.off('exit', this.#kill),
    )
    if (this.#child.pid === undefined) throw new Error(`${command.join(' ')} cannot be started.`)
    this.pid = this.#child.pid
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Resolves once the process has ended by itself. */
  async exited(): Promise<void> {
    await this.#exited
  }

  /** The first line the process prints: our own servers tell their URL with it. */
  async firstLine(): Promise<string> {
    const lines = createInterface({ input: this.#child.stdout! })
    const ended = this.#exited.then(() => {
      throw new Error('A server of the bench ended before it was ready; its error is above.')
    })
    const ready = once(lines, 'line', { signal: AbortSignal.timeout(READY_LIMIT_MS) }) as Promise<[string]>
    const [line] = await Promise.race([ready, ended])
    return line
  }

  /** User and system time of all living threads, in microseconds. */
  cpuMicros(): number {
    const tasks = `/proc/${this.pid}/task`
    const nanoseconds = readdirSync(tasks).map((task) =>
      Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ', 1)[0]),
    )
    return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e3
  }

  rssBytes(): number {
    const kilobytes = /^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))?.[1]
    return Number(kilobytes) * 1024
  }

  /** Asks the process to end and makes it end when it does not. */
  async stop(): Promise<void> {
    if (!this.isRunning) return
    this.#child.kill('SIGTERM')
    const impatience = setTimeout(this.#kill, STOP_LIMIT_MS)
    await this.#exited
    clearTimeout(impatience)
  }
}
