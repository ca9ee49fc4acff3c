import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { tempFolder } from '../contracts/temp-folder.ts'
import { within } from '../fakes/within.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const LIMIT_MS = 20_000

/** Runs the command line from its source, on this very Node.js. */
export const HEARTH_COMMAND: readonly string[] = [
  process.execPath,
  '--conditions=development',
  '--disable-warning=ExperimentalWarning',
  join(ROOT, 'src', 'cli', 'main.ts'),
]

export interface CommandOptions {
  /** Added to an environment in which nothing but PATH and an empty HOME is set. */
  readonly env?: Readonly<Record<string, string>>
  /** What is piped in; nothing where it is not given. */
  readonly stdin?: string
}

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs one command to its end. */
export async function hearth(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const child = spawnHearth(args, options.env)
  child.stdin.end(options.stdin ?? '')
  const collected = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (collected.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (collected.stderr += text))
  const code = await endOf(child, `hearth ${args.join(' ')}`)
  return { code, ...collected }
}

/** As `hearth … --json`, its one value read; a command that fails, fails the test. */
export async function hearthJson<Value>(
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Value> {
  const { code, stdout, stderr } = await hearth([...args, '--json'], options)
  if (code !== 0) throw new Error(`hearth ${args.join(' ')} ended with ${String(code)}: ${stderr}`)
  return JSON.parse(stdout) as Value
}

export interface ServeOptions {
  /** A new empty folder where it is not given. */
  readonly data?: string
  readonly args?: readonly string[]
}

/** A running Hearth on a port of its own. Dispose of it, or it lives until its test process ends. */
export class HearthProcess {
  readonly data: string
  readonly #child: Child
  #output = ''

  private constructor(data: string, child: Child) {
    this.data = data
    this.#child = child
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#output += text))
    // Nothing that a test starts outlives it, however it ends.
    process.once('exit', () => child.kill('SIGKILL'))
  }

  /** Resolves once it said `Hearth is ready at`. */
  static async start({ data = tempFolder(), args = [] }: ServeOptions = {}): Promise<HearthProcess> {
    const child = spawnHearth(['serve', '--data', data, '--listen', '127.0.0.1:0', ...args])
    child.stdin.end()
    const server = new HearthProcess(data, child)
    await within(LIMIT_MS, 'Hearth to be ready', server.#ready())
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

  /** Ends it as a service manager does, or with `SIGKILL` as a power cut would; resolves with its exit code. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode
    const end = endOf(this.#child, 'Hearth to stop')
    this.#child.kill(signal)
    return end
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #ready(): Promise<void> {
    const gone = once(this.#child, 'close').then(() => {
      throw new Error(`Hearth ended instead of starting: ${this.#output}`)
    })
    while (!/Hearth is ready at \S+\n/.test(this.#output))
      await Promise.race([once(this.#child.stdout, 'data'), gone])
    gone.catch(() => undefined)
  }
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>

function spawnHearth(args: readonly string[], env: Readonly<Record<string, string>> = {}): Child {
  const [node, ...flags] = HEARTH_COMMAND
  return spawn(node!, [...flags, ...args], {
    cwd: ROOT,
    env: { ...cleanEnvironment(), ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Whoever runs the tests may have settings of their own. The cache makes each start twice as fast. */
export function cleanEnvironment(): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: tempFolder(),
    NODE_COMPILE_CACHE: join(ROOT, '.cache', 'compile'),
  }
}

/** The exit code, once all of the output is there; kills what takes too long. */
async function endOf(child: Child, what: string): Promise<number | null> {
  try {
    const closed = once(child, 'close') as Promise<[number | null]>
    const [code] = await within(LIMIT_MS, what, closed)
    return code
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}
