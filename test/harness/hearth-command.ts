import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
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
  /** Added to an environment with PATH, an empty HOME and discovery switched off. */
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
  return resultOf(spawnHearth(args, options.env), options.stdin ?? '', args)
}

async function resultOf(child: HearthChild, stdin: string, args: readonly string[]): Promise<CommandResult> {
  child.stdin.end(stdin)
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

export type HearthChild = ChildProcessByStdio<Writable, Readable, Readable>

/** Starts a command and leaves the rest to the caller. */
export function spawnHearth(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): HearthChild {
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
    HEARTH_DISCOVERY: 'off',
    NODE_COMPILE_CACHE: join(ROOT, '.cache', 'compile'),
  }
}

/** The exit code, once all of the output is there; kills what takes too long. */
export async function endOf(child: HearthChild, what: string): Promise<number | null> {
  try {
    const closed = once(child, 'close') as Promise<[number | null]>
    const [code] = await within(LIMIT_MS, what, closed)
    return code
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  }
}

/** As `hearth`, with no file allowed to be larger than this: what a full disk is, without one. */
export async function hearthWithin(kib: number, args: readonly string[]): Promise<CommandResult> {
  // POSIX counts in half KiB.
  const script = `ulimit -f ${String(kib * 2)}; exec "$@"`
  const child = spawn('sh', ['-c', script, 'sh', ...HEARTH_COMMAND, ...args], {
    cwd: ROOT,
    env: { ...cleanEnvironment(), NODE_COMPILE_CACHE: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  return resultOf(child, '', args)
}
