import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { body, eventStream, eventStreamHead, finish, sliced, stall } from '../fakes/script.ts'
import { within } from '../fakes/within.ts'
import { cleanEnvironment, hearth, HEARTH_COMMAND } from './hearth-process.ts'

// A scripted host answers in the place of Hearth, so that every byte on the wire is chosen.
let host: ScriptedHost
let there: { env: Record<string, string> }
before(async () => {
  host = await ScriptedHost.start({ models: ['text-embedding-small', 'talker'] })
  there = { env: { HEARTH_URL: host.url, HEARTH_KEY: 'secret' } }
})
after(() => host[Symbol.asyncDispose]())

function piece(content: string, finishReason: string | null = null): string {
  return `data: ${JSON.stringify({ model: 'talker', choices: [{ index: 0, delta: { content }, finish_reason: finishReason }] })}\n\n`
}
const ERROR =
  'data: {"error":{"message":"The host fell silent.","type":"server_error","param":null,"code":"answer_stalled"}}\n\n'
const DONE = 'data: [DONE]\n\n'

test('an answer is whole however its bytes are cut, and goes to the model made for talking', async () => {
  host.on('/v1/chat/completions', [
    eventStreamHead(),
    sliced(`: keep-alive\n\n${piece('Grüße 🔥 ')}${piece('aus dem Haus', 'stop')}${DONE}`, 3),
    finish(),
  ])
  const { code, stdout, stderr } = await hearth(['chat', '--system', 'Be brief.', 'Hello', 'there'], there)
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'Grüße 🔥 aus dem Haus\n', stderr: '' })

  const asked = host.requests.at(-1)!
  assert.equal(asked.headers['authorization'], 'Bearer secret')
  const sent = JSON.parse(asked.body.toString()) as Record<string, unknown>
  assert.equal(sent.model, 'talker')
  assert.deepEqual(sent.messages, [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hello there' },
  ])
})

test('an error in the middle of a stream is told on standard error, exit 69', async () => {
  host.on('/v1/chat/completions', eventStream(piece('Half an'), ERROR, DONE))
  const { code, stdout, stderr } = await hearth(['chat', 'Hello'], there)
  assert.deepEqual(
    { code, stdout, stderr },
    { code: 69, stdout: 'Half an', stderr: 'hearth: The host fell silent.\n' },
  )

  const programs = await hearth(['chat', '--json', 'Hello'], there)
  assert.equal(programs.stdout, '')
  assert.equal((JSON.parse(programs.stderr) as { error: { code: string } }).error.code, 'answer_stalled')
})

test('a stream that just ends is never taken for a whole answer, exit 69', async () => {
  host.on('/v1/chat/completions', eventStream(piece('Half an')))
  const { code, stderr } = await hearth(['chat', 'Hello'], there)
  assert.equal(code, 69)
  assert.match(stderr, /The answer is not complete/)
})

test('a server that is no Hearth is told apart from one that fails', async () => {
  host.on('/api/keys', eventStream('<html>hello</html>'))
  const { code, stderr } = await hearth(['keys', 'list'], there)
  assert.equal(code, 69)
  assert.match(stderr, /no Hearth at all/)
})

test(
  'at a terminal, Ctrl-C stops the answer, the talk goes on, and Ctrl-D leaves',
  { skip: !existsSync('/usr/bin/script') },
  async () => {
    let asked = 0
    host.on('/v1/chat/completions', () =>
      ++asked === 1
        ? [eventStreamHead(), body(piece('one \u001b[2Jtwo')), stall()]
        : eventStream(piece('three', 'stop'), DONE),
    )
    const before = host.requests.length
    await using terminal = new Terminal([...HEARTH_COMMAND, 'chat'])
    await terminal.shows('> ')
    terminal.type('Count\r')
    // The escape sequence of the model is shown as text, not obeyed.
    await terminal.shows('one [2Jtwo')
    terminal.type('\u0003')
    await terminal.shows('(stopped)')
    terminal.type('Go on\r')
    await terminal.shows('three')
    terminal.type('\u0004')
    assert.equal(await terminal.end(), 0)
    const { messages } = JSON.parse(host.requests.slice(before).at(-1)!.body.toString()) as {
      messages: { content: string }[]
    }
    assert.deepEqual(
      messages.map(({ content }) => content),
      ['Count', 'one \u001b[2Jtwo', 'Go on'],
    )
  },
)

/** A command at a pseudo-terminal, which util-linux's `script` makes. */
class Terminal {
  readonly #child
  readonly #ended: Promise<unknown[]>
  #screen = ''
  #seen = 0

  constructor(command: readonly string[]) {
    const env = { ...cleanEnvironment(), ...there.env, TERM: 'dumb', SHELL: '/bin/sh' }
    this.#child = spawn('/usr/bin/script', ['-qec', command.join(' '), '/dev/null'], {
      env,
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
