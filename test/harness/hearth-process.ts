import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tempFolder } from '../contracts/temp-folder.ts'
import { within } from '../fakes/within.ts'
import { endOf, spawnHearth, type HearthChild } from './hearth-command.ts'

const LIMIT_MS = 30_000

/** Nothing that a test starts outlives it, however it ends. */
const running = new Set<HearthChild>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export interface ServeOptions {
  /** A new empty folder where it is not given. */
  readonly data?: string
  readonly args?: readonly string[]
  /** Added to an environment in which nothing of the caller's is set. */
  readonly env?: Readonly<Record<string, string>>
}

/** A running Hearth on a port of its own. Dispose of it, or it lives until its test process ends. */
export class HearthProcess implements AsyncDisposable {
  readonly data: string
  readonly #child: HearthChild
  #output = ''

  private constructor(data: string, child: HearthChild) {
    this.data = data
    this.#child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    running.add(child)
    child.once('exit', () => running.delete(child))
  }

  /** Resolves once it said `Hearth is ready at`. */
  static async start({
    data = tempFolder(),
    args = [],
    env = {},
  }: ServeOptions = {}): Promise<HearthProcess> {
    const child = spawnHearth(['serve', '--data', data, '--listen', '127.0.0.1:0', ...args], env)
    child.stdin.end()
    const server = new HearthProcess(data, child)
    await within(LIMIT_MS, 'Hearth to be ready', server.says(/Hearth is ready at \S+\n/))
    return server
  }

  get pid(): number {
    return this.#child.pid!
  }

  get url(): string {
    return /Hearth is ready at (\S+)/.exec(this.#output)![1]!
  }

  /** Everything it wrote so far. */
  get output(): string {
    return this.#output
  }

  get adminKey(): string {
    return readFileSync(join(this.data, 'admin.key'), 'utf8').trim()
  }

  /** Resolves once it has written what `pattern` matches; fails if it ends before. */
  async says(pattern: RegExp): Promise<void> {
    const gone = once(this.#child, 'close').then(() => {
      throw new Error(`Hearth ended before it said ${String(pattern)}: ${this.#output}`)
    })
    while (!pattern.test(this.#output)) await Promise.race([once(this.#child.stdout, 'data'), gone])
    gone.catch(() => undefined)
  }

  /** Ends it as a service manager does, or with `SIGKILL` as a power cut would; resolves with its exit code. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    const end = endOf(this.#child, 'Hearth to stop')
    this.#child.kill(signal)
    return end
  }

  /** Resolves with its exit code once it has ended by itself. */
  async ended(): Promise<number | null> {
    return this.#child.exitCode ?? endOf(this.#child, 'Hearth to end')
  }

  /** Ends it in the middle of whatever it does, as a power cut would. */
  async kill(): Promise<void> {
    await this.stop('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
