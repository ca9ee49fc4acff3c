import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { within } from '../fakes/within.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const READY = /^Hearth is ready at (\S+)$/m

/** A Hearth as a process of its own, so that it can be killed. Runs the source. */
export class HearthProcess implements AsyncDisposable {
  readonly url: string
  readonly adminKey: string
  readonly #child: ChildProcess
  readonly #data: string

  private constructor(child: ChildProcess, data: string, url: string) {
    this.#child = child
    this.#data = data
    this.url = url
    this.adminKey = readFileSync(join(data, 'admin.key'), 'utf8').trim()
  }

  static async start(args: readonly string[] = [], limitMs = 30_000): Promise<HearthProcess> {
    const data = mkdtempSync(join(tmpdir(), 'hearth-process-'))
    const main = join(ROOT, 'src', 'cli', 'main.ts')
    const flags = ['--conditions=development', '--disable-warning=ExperimentalWarning', main, 'serve']
    const where = ['--data', data, '--listen', '127.0.0.1:0', '--log-level', 'silent']
    const child = spawn(process.execPath, [...flags, ...where, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const { promise: ready, resolve, reject }: PromiseWithResolvers<string> = Promise.withResolvers()
    let said = ''
    const listen = (text: Buffer): void => {
      said += text.toString()
      const url = READY.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('exit', (code) =>
      reject(new Error(`Hearth ended with ${String(code)} before it was ready: ${said}`)),
    )
    try {
      return new HearthProcess(child, data, await within(limitMs, 'Hearth to be ready', ready))
    } catch (error) {
      child.kill('SIGKILL')
      rmSync(data, { recursive: true, force: true })
      throw error
    }
  }

  /** Ends it in the middle of whatever it does, as a power cut would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await within(5_000, 'Hearth to be dead', ended)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
    rmSync(this.#data, { recursive: true, force: true })
  }
}
