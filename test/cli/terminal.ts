import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { within } from '../fakes/within.ts'
import { cleanEnvironment, HEARTH_COMMAND } from '../harness/hearth-command.ts'

const SCRIPT = '/usr/bin/script'

/** Whether this machine can make terminals for tests. */
export const HAS_TERMINALS = existsSync(SCRIPT)

export const CTRL_C = '\u0003'
export const CTRL_D = '\u0004'

/** A command of Hearth at a pseudo-terminal, which util-linux's `script` makes. */
export class Terminal implements AsyncDisposable {
  readonly #child
  readonly #ended: Promise<unknown[]>
  #screen = ''
  #seen = 0

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const command = [...HEARTH_COMMAND, ...args].join(' ')
    this.#child = spawn(SCRIPT, ['-qec', command, '/dev/null'], {
      env: { ...cleanEnvironment(), ...env, TERM: 'dumb', SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#ended = once(this.#child, 'close')
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#screen += text))
  }

  type(keys: string): void {
    this.#child.stdin.write(keys)
  }

  /** Waits until `text` appears after what was waited for last. */
  async shows(text: string): Promise<void> {
    const ended = this.#ended.then(() => {
      throw new Error(`It ended before showing ${text}: ${JSON.stringify(this.#screen)}`)
    })
    const look = async (): Promise<void> => {
      while (!this.#screen.includes(text, this.#seen))
        await Promise.race([once(this.#child.stdout, 'data'), ended])
    }
    await within(10_000, `${text} after ${JSON.stringify(this.#screen)}`, look())
    this.#seen = this.#screen.indexOf(text, this.#seen) + text.length
    ended.catch(() => undefined)
  }

  async end(): Promise<unknown> {
    const [code] = await within(10_000, 'the command to end', this.#ended)
    return code
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}
