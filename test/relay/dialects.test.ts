import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import zlib from 'node:zlib'
import { followMessage } from '../dialects/message-events.ts'
import { followResponse } from '../dialects/response-events.ts'
import { eventsOf, type DialectEvent } from '../dialects/events.ts'
import { completion, deltaChunk } from '../clients/chat-answers.ts'
import { Gate } from '../fakes/gate.ts'
import {
  body,
  end,
  eventStream,
  eventStreamHead,
  finish,
  head,
  json,
  reset,
  stall,
  waitFor,
  type Step,
} from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { chatChunk, DONE, finishChunk, usageChunk } from '../fakes/sse.ts'
import { TestApp } from '../harness/test-app.ts'
import { until, untilStill } from '../harness/until.ts'
import { CHAT, House } from './house.ts'

interface Spoken {
  readonly path: string
  readonly request: Record<string, unknown>
  readonly keepAlive: string
  /** Follows the official order; undefined where the events end in an error. */
  follow(events: readonly DialectEvent[]): Record<string, unknown> | undefined
  textOf(answer: Record<string, unknown>): string
  errorOf(answer: Record<string, unknown>): { message: string; code: unknown }
}

type Parts = { content: { text: string }[] }

const DIALECTS: Record<string, Spoken> = {
  'the Responses API': {
    path: '/v1/responses',
    request: { model: 'm1', input: 'Hello' },
    keepAlive: ': keep-alive\n\n',
    follow: followResponse,
    textOf: ({ output }) => (output as Parts[])[0]!.content[0]!.text,
    errorOf: ({ error }) => error as { message: string; code: unknown },
  },
  'the Messages API': {
    path: '/v1/messages',
    request: { model: 'm1', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] },
    keepAlive: 'event: ping\ndata: {"type":"ping"}\n\n',
    follow: followMessage,
    textOf: (message) => (message as unknown as Parts).content[0]!.text,
    errorOf: ({ type, error }) => {
      assert.equal(type, 'error')
      const { message, details } = error as { message: string; details?: { error_code: unknown } }
      return { message, code: details?.error_code }
    },
  },
}

const STREAM = [chatChunk('Hi'), chatChunk(' ☕'), finishChunk('stop')].join('')

for (const [name, spoken] of Object.entries(DIALECTS)) {
  const streaming = { ...spoken.request, stream: true }
  const lastError = (stream: string) => {
    const events = eventsOf(stream)
    assert.equal(spoken.follow(events), undefined)
    const error = events.find(({ type }) => type === 'error')!
    return spoken.path === '/v1/messages'
      ? spoken.errorOf(error)
      : { message: String(error.message), code: error.code }
  }

  suite(`in ${name}`, () => {
    test('a stream cut at any byte before its finish reason ends in an error, and is whole after it', async () => {
      await using house = await House.start()
      const bytes = Buffer.from(STREAM)
      // Without the blank line the last event is still complete in itself.
      const wholeFrom = bytes.length - 2
      let at = 0
      house.host.on(CHAT, ({ headers }) => {
        const cutAt = Number(headers['x-correlation-id'])
        return [eventStreamHead('until-close'), ...(cutAt > 0 ? [body(bytes.subarray(0, cutAt))] : []), end()]
      })
      const cutNext = async (): Promise<void> => {
        for (let cutAt = at++; cutAt <= bytes.length; cutAt = at++) {
          const answer = await house.hearth.post(spoken.path, streaming, {
            headers: { 'x-correlation-id': String(cutAt) },
          })
          assert.equal(answer.status, 200)
          if (cutAt < wholeFrom) assert.equal(lastError(answer.text).code, 'answer_cut', String(cutAt))
          else assert.equal(spoken.textOf(spoken.follow(eventsOf(answer.text))!), 'Hi ☕', String(cutAt))
        }
      }
      await Promise.all(Array.from({ length: 8 }, cutNext))
    })

    test('a reset, a stall and an error of the host end in an error', async () => {
      await using house = await House.start({ settings: { 'relay.idle_timeout_ms': 60 } })
      const hostError = 'data: {"error":{"message":"CUDA out of memory"}}\n\n'
      for (const [code, steps] of [
        ['answer_cut', [reset()]],
        ['answer_stalled', [stall()]],
        ['host_error', [body(hostError), finish()]],
        ['answer_unreadable', [body('data: {"choices":\n\n'), stall()]],
      ] as const) {
        const gate = new Gate()
        house.host.on(CHAT, [eventStreamHead(), body(chatChunk('Hi')), waitFor(gate), ...steps])
        const answer = await house.hearth.open(spoken.path, streaming)
        const begun = await answer.upTo('"Hi"')
        gate.open()
        const error = lastError(begun + (await answer.rest()))
        if (code === 'host_error') assert.equal(error.message, 'CUDA out of memory')
        else assert.equal(error.code, code)
      }
      await until('every slot to be free', async () => {
        const { requests } = (await house.hearth.request('/api/status')).json<{
          requests: { active: number }
        }>()
        return requests.active === 0
      })
    })

    test('a waiting caller hears that its stream lives, and then of a refusal', async () => {
      await using house = await House.start({ settings: { 'relay.keepalive_ms': 20 } })
      for (const last of [
        eventStream(STREAM, DONE),
        [json({ error: { message: 'no memory' } }, { status: 500 })],
      ]) {
        const gate = new Gate()
        house.host.on(CHAT, [waitFor(gate), ...last])
        const answer = await house.hearth.open(spoken.path, streaming)
        const waited = await answer.upTo(spoken.keepAlive)
        gate.open()
        const stream = (waited + (await answer.rest())).replaceAll(spoken.keepAlive, '')
        if (last.length > 1) assert.equal(spoken.textOf(spoken.follow(eventsOf(stream))!), 'Hi ☕')
        else assert.equal(lastError(stream).message, 'no memory')
      }
    })

    test('a compressed answer is read, and a large one too', async () => {
      await using house = await House.start()
      const text = 'warm '.repeat(600_000)
      const packed = zlib.gzipSync(JSON.stringify(completion({ content: text })))
      const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' }
      house.host.on(CHAT, [head({ headers, framing: { lengthBytes: packed.length } }), body(packed)])
      const answer = await house.hearth.post(spoken.path, spoken.request, {
        headers: { 'accept-encoding': 'gzip' },
      })
      assert.equal(answer.status, 200)
      assert.equal(answer.headers['content-encoding'], undefined)
      assert.equal(spoken.textOf(answer.json()), text)
      assert.equal((await house.received(CHAT)).headers['accept-encoding'], undefined)
    })

    test('an answer that is no chat completion is 502, and so is one cut in the middle', async () => {
      await using house = await House.start()
      const long = JSON.stringify(completion({ content: 'x'.repeat(2_000_000) }))
      const framing = { lengthBytes: long.length }
      for (const [code, steps] of [
        ['answer_unreadable', [json({ choices: [] })]],
        ['answer_unreadable', [json('nonsense')]],
        ['answer_unreadable', [json({ error: { message: 'odd' } })]],
        ['answer_cut', [head({ framing }), body(long.slice(0, 1_500_000)), end()]],
      ] as const) {
        house.host.on(CHAT, steps)
        const answer = await house.hearth.post(spoken.path, spoken.request)
        assert.equal(answer.status, 502)
        assert.equal(spoken.errorOf(answer.json()).code, code)
      }
    })

    test('a request nested without end is refused before any host is asked', async () => {
      await using house = await House.start()
      const nested = `{"metadata":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)},`
      const request = JSON.stringify(spoken.request).replace('{', nested)
      const answer = await house.hearth.unchecked(spoken.path, {
        method: 'POST',
        body: request,
      })
      assert.equal(answer.status, 400)
      assert.match(answer.text, /metadata: must not be nested deeper/)
      assert.equal(house.host.requests.filter(({ path }) => path === CHAT).length, 0)
    })

    test('another host is asked where the first is busy, and its refusal is passed on in the end', async () => {
      await using first = await ScriptedHost.start({ models: ['m1'] })
      await using second = await ScriptedHost.start({ models: ['m1'] })
      await using hearth = await TestApp.start({ hosts: [first.url, second.url] })
      first.on(CHAT, [json({ error: { message: 'busy' } }, { status: 503, headers: { 'retry-after': '7' } })])
      second.on(CHAT, eventStream(STREAM, DONE))
      const answer = await hearth.post(spoken.path, streaming)
      assert.equal(spoken.textOf(spoken.follow(eventsOf(answer.text))!), 'Hi ☕')
      second.on(CHAT, [
        json({ error: { message: 'busy too' } }, { status: 503, headers: { 'retry-after': '7' } }),
      ])
      const refused = await hearth.post(spoken.path, streaming)
      assert.equal(refused.status, 503)
      assert.match(spoken.errorOf(refused.json()).message, /busy/)
      assert.equal(refused.headers['retry-after'], '7')
    })

    test('a request is logged in one line with its tokens, counted under its own route, and nothing of its content', async () => {
      await using house = await House.start({ logLevel: 'debug' })
      house.host.on(
        CHAT,
        eventStream(deltaChunk({ content: 'geheim' }), finishChunk('stop'), usageChunk(11, 5), DONE),
      )
      const secret = JSON.parse(JSON.stringify(streaming).replace('Hello', 'verschwiegen')) as object
      await house.hearth.post(spoken.path, secret)
      await until('the log line', () => house.hearth.log().includes(spoken.path))
      const lines = house.hearth
        .log()
        .split('\n')
        .filter((line) => line.includes(spoken.path))
      assert.equal(lines.length, 1)
      const line = JSON.parse(lines[0]!) as Record<string, unknown>
      assert.deepEqual(
        [line.route ?? line.path, line.model, line.tokens_in, line.tokens_out, line.outcome],
        [spoken.path, 'm1', 11, 5, 'ok'],
      )
      assert.doesNotMatch(house.hearth.log(), /geheim|verschwiegen/)
      const metrics = (await house.hearth.request('/metrics')).text
      assert.match(metrics, new RegExp(`requests_total\\{route="${spoken.path}",status="200"\\} 1`))
      assert.match(metrics, new RegExp(`first_byte_seconds_count\\{route="${spoken.path}"\\} 1`))
    })
  })
}

const MB = 1024 * 1024

function floodOfEvents(totalBytes: number, reason?: 'stop'): Step {
  const block = chatChunk('x'.repeat(1000)).repeat(60)
  return async (exchange) => {
    for (let sent = 0; sent < totalBytes; sent += block.length) await body(block)(exchange)
    if (reason !== undefined) await body(finishChunk(reason))(exchange)
  }
}

for (const [name, spoken] of Object.entries(DIALECTS)) {
  suite(`a flood through ${name}`, () => {
    test('is held back by a caller that reads slowly, and all of it comes in the end', async () => {
      await using house = await House.start({ limitMs: 60_000 })
      house.host.on(CHAT, [eventStreamHead(), floodOfEvents(24 * MB, 'stop'), finish()])
      const rssBefore = process.memoryUsage().rss
      const answer = await house.hearth.open(spoken.path, { ...spoken.request, stream: true })
      const sent = await house.received(CHAT)
      const heldBytes = await untilStill('what the host could write', () => sent.acceptedBytes)
      assert.ok(heldBytes > 0 && heldBytes < 20 * MB, `${heldBytes} bytes taken while nobody read`)
      assert.ok(process.memoryUsage().rss - rssBefore < 80 * MB, 'memory grew')
      const stream = await answer.rest()
      assert.ok(stream.length > 20 * MB)
      const text = spoken.textOf(spoken.follow(eventsOf(stream))!)
      assert.match(text, /^x+$/)
      assert.equal(text.length % 1000, 0)
    })

    test('without end is ended with an error, and the host is let go', async () => {
      await using house = await House.start({ limitMs: 60_000 })
      house.host.on(CHAT, [eventStreamHead(), floodOfEvents(200 * MB), stall()])
      const answer = await house.hearth.post(spoken.path, { ...spoken.request, stream: true })
      const last = eventsOf(answer.text.slice(answer.text.lastIndexOf('event: error')))[0]!
      assert.match(JSON.stringify(last), /answer_too_large/)
      assert.ok((await (await house.received(CHAT)).clientClosed()) > 0)
    })
  })
}
