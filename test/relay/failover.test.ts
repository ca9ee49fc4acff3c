import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Gate } from '../fakes/gate.ts'
import {
  body,
  end,
  eventStream,
  eventStreamHead,
  head,
  json,
  reset,
  waitFor,
  type Step,
} from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { chatChunk, DONE, finishChunk } from '../fakes/sse.ts'
import { TestApp, type TestAppOptions } from '../harness/test-app.ts'
import { assertEndsInError, CHAT, chat, streamingChat } from './house.ts'

const SECOND = json({ choices: [], from: 'second' })

/** A Hearth with two hosts of the same model: `first` is preferred, `second` always answers. */
class TwoHosts implements AsyncDisposable {
  readonly first: ScriptedHost
  readonly second: ScriptedHost
  readonly hearth: TestApp

  private constructor(first: ScriptedHost, second: ScriptedHost, hearth: TestApp) {
    this.first = first
    this.second = second
    this.hearth = hearth
  }

  static async start(
    firstDoes: readonly Step[],
    options: Omit<TestAppOptions, 'hosts'> = {},
  ): Promise<TwoHosts> {
    const first = await ScriptedHost.start({ models: ['m1'] })
    const second = await ScriptedHost.start({ models: ['m1'] })
    first.on(CHAT, firstDoes)
    second.on(CHAT, [SECOND])
    return new TwoHosts(first, second, await TestApp.start({ ...options, hosts: [first.url, second.url] }))
  }

  get asked(): [number, number] {
    const count = ({ requests }: ScriptedHost) => requests.filter(({ path }) => path === CHAT).length
    return [count(this.first), count(this.second)]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hearth[Symbol.asyncDispose]()
    await this.first[Symbol.asyncDispose]()
    await this.second[Symbol.asyncDispose]()
  }
}

suite('another host is asked', () => {
  test('when the first refuses the connection, and then the first is left alone', async () => {
    await using hosts = await TwoHosts.start([])
    await hosts.first.stop()
    for (let round = 0; round < 3; round++) {
      assert.equal((await hosts.hearth.post(CHAT, chat())).json<{ from: string }>().from, 'second')
    }
    assert.deepEqual(hosts.asked, [0, 3])
  })

  const noAnswers: Record<string, readonly Step[]> = {
    'resets the connection before its headers': [reset()],
    'ends the connection before its headers': [end()],
    'answers 429': [json({ error: 'busy' }, { status: 429 })],
    'answers 502': [json({ error: 'bad' }, { status: 502 })],
    'answers 503': [json({ error: 'loading' }, { status: 503 })],
    'answers 504': [json({ error: 'slow' }, { status: 504 })],
  }
  for (const [what, steps] of Object.entries(noAnswers)) {
    test(`when the first ${what}`, async () => {
      await using hosts = await TwoHosts.start(steps)
      const answer = await hosts.hearth.post(CHAT, chat())
      assert.equal(answer.text, '{"choices":[],"from":"second"}')
      hosts.second.on(CHAT, eventStream(chatChunk('Hi'), finishChunk('stop'), DONE))
      const stream = await hosts.hearth.post(CHAT, streamingChat())
      assert.equal(stream.text, chatChunk('Hi') + finishChunk('stop') + DONE)
    })
  }

  test('and its refusal passes unchanged when it is the last', async () => {
    await using hosts = await TwoHosts.start([json({ error: 'first' }, { status: 503 })])
    const bytes = Buffer.from('{"error": {"message":"try later" } }')
    hosts.second.on(CHAT, [
      head({
        status: 429,
        headers: { 'content-type': 'application/json', 'retry-after': '9' },
        framing: { lengthBytes: bytes.length },
      }),
      body(bytes),
    ])
    const answer = await hosts.hearth.unchecked(CHAT, { method: 'POST', body: chat() })
    assert.equal(answer.status, 429)
    assert.deepEqual(answer.body, bytes)
    assert.equal(answer.headers['retry-after'], '9')
  })

  test('while the caller is told to wait, also after the first one refused', async () => {
    await using hosts = await TwoHosts.start([json({ error: 'busy' }, { status: 503 })], {
      settings: { 'relay.keepalive_ms': 20 },
    })
    const gate = new Gate()
    hosts.second.on(CHAT, [waitFor(gate), ...eventStream(DONE)])
    const answering = hosts.hearth.open(CHAT, streamingChat(), { signal: AbortSignal.timeout(2_000) })
    try {
      const answer = await answering
      assert.equal(await answer.upTo(': keep-alive\n\n'), ': keep-alive\n\n')
      gate.open()
      assert.ok((await answer.rest()).endsWith(DONE))
    } finally {
      gate.open()
    }
  })
})

suite('no other host is asked', () => {
  for (const status of [400, 401, 404, 408, 409, 422, 500, 501]) {
    test(`when the first answers ${status}`, async () => {
      await using hosts = await TwoHosts.start([json({ mine: status }, { status })])
      const answer = await hosts.hearth.unchecked(CHAT, { method: 'POST', body: chat() })
      assert.equal(answer.status, status)
      assert.equal(answer.text, `{"mine":${status}}`)
      assert.deepEqual(hosts.asked, [1, 0])
    })
  }

  test('when the first broke after its first byte', async () => {
    const gate = new Gate()
    await using hosts = await TwoHosts.start([
      eventStreamHead(),
      body(chatChunk('Hi')),
      waitFor(gate),
      reset(),
    ])
    const answer = await hosts.hearth.open(CHAT, streamingChat())
    const begun = await answer.upTo(chatChunk('Hi'))
    gate.open()
    assertEndsInError(begun + (await answer.rest()), chatChunk('Hi'), 'answer_cut')
    assert.deepEqual(hosts.asked, [1, 0])
  })

  test('when the caller left', async () => {
    const gate = new Gate()
    await using hosts = await TwoHosts.start([waitFor(gate)])
    const caller = new AbortController()
    const answering = hosts.hearth.post(CHAT, chat(), { signal: caller.signal })
    await hosts.first.until(() => hosts.asked[0] === 1, 'the first host to be asked')
    caller.abort()
    await assert.rejects(answering, { name: 'AbortError' })
    await hosts.first.requests.at(-1)!.clientClosed()
    assert.equal((await hosts.hearth.request('/health')).status, 200)
    assert.deepEqual(hosts.asked, [1, 0])
    gate.open()
  })
})

suite('which host answers', () => {
  test('is the one with the fewest requests a slot, then the first configured', async () => {
    const gate = new Gate()
    await using hosts = await TwoHosts.start([waitFor(gate), json({ choices: [], from: 'first' })])
    const slow = hosts.hearth.post(CHAT, chat())
    await hosts.first.until(() => hosts.asked[0] === 1, 'the first host to be asked')
    assert.equal((await hosts.hearth.post(CHAT, chat())).json<{ from: string }>().from, 'second')
    gate.open()
    assert.equal((await slow).json<{ from: string }>().from, 'first')
    assert.equal((await hosts.hearth.post(CHAT, chat())).json<{ from: string }>().from, 'first')
  })
})
