import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { body, eventStream, eventStreamHead, finish, json, sliced, stall } from '../fakes/script.ts'
import { hearth } from '../harness/hearth-command.ts'
import { CTRL_C, CTRL_D, HAS_TERMINALS, Terminal } from './terminal.ts'

// A scripted host answers in the place of Hearth, so that every byte on the wire is chosen.
let host: ScriptedHost
let there: { env: Record<string, string> }
before(async () => {
  host = await ScriptedHost.start({ models: [] })
  host.on('/v1/models', [json({ object: 'list', data: ['text-embedding-small', 'talker'].map(model) })])
  there = { env: { HEARTH_URL: host.url, HEARTH_KEY: 'secret' } }
})
after(() => host[Symbol.asyncDispose]())

function model(id: string): Record<string, unknown> {
  return {
    id,
    object: 'model',
    created: 1,
    owned_by: 'scripted',
    context_window: 8192,
    context_window_source: 'host',
  }
}

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
  { skip: !HAS_TERMINALS },
  async () => {
    let asked = 0
    host.on('/v1/chat/completions', () =>
      ++asked === 1
        ? [eventStreamHead(), body(piece('one \u001b[2Jtwo')), stall()]
        : eventStream(piece('three', 'stop'), DONE),
    )
    const before = host.requests.length
    await using terminal = new Terminal(['chat'], there.env)
    await terminal.shows('> ')
    terminal.type('Count\r')
    // The escape sequence of the model is shown as text, not obeyed.
    await terminal.shows('one [2Jtwo')
    terminal.type(CTRL_C)
    await terminal.shows('(stopped)')
    terminal.type('Go on\r')
    await terminal.shows('three')
    terminal.type(CTRL_D)
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
