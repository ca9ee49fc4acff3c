import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { body, end, finish, head, json } from '../fakes/script.ts'
import { assertError, CHAT, chat, COMPLETIONS, EMBEDDINGS, House, streamingChat } from './house.ts'

const STATUSES = [400, 401, 403, 404, 409, 413, 418, 422, 451, 500, 501]
const BODIES: Record<string, { type: string; bytes: Buffer }> = {
  'an OpenAI error': {
    type: 'application/json',
    bytes: Buffer.from('{ "error" : {"message":"Grüße 🌍", "n": 9007199254740993} }'),
  },
  'nothing at all': { type: 'text/plain', bytes: Buffer.alloc(0) },
  HTML: { type: 'text/html; charset=iso-8859-1', bytes: Buffer.from('<h1>caf\xe9</h1>', 'latin1') },
  'bytes of no text': { type: 'application/octet-stream', bytes: Buffer.from([0, 255, 254, 13, 10, 0]) },
  '3 MB': { type: 'text/plain', bytes: Buffer.alloc(3_000_000, 'big ') },
}

suite('an error status of the host', () => {
  test('reaches the caller with status and body unchanged', async () => {
    await using house = await House.start()
    for (const status of STATUSES) {
      const bytes = Buffer.from(`{"error":{"message":"no ${status}","type":"t","param":null,"code":"c"}}`)
      house.host.on(CHAT, [
        head({
          status,
          headers: { 'content-type': 'application/json' },
          framing: { lengthBytes: bytes.length },
        }),
        body(bytes),
      ])
      for (const request of [chat(), streamingChat()]) {
        const answer = await house.hearth.unchecked(CHAT, { method: 'POST', body: request })
        assert.equal(answer.status, status)
        assert.deepEqual(answer.body, bytes)
        assert.equal(answer.headers['content-type'], 'application/json')
      }
    }
  })

  for (const [name, { type, bytes }] of Object.entries(BODIES)) {
    for (const status of [400, 500, 429, 503]) {
      test(`${status} with ${name} passes byte for byte`, async () => {
        await using house = await House.start()
        house.host.on(CHAT, [head({ status, headers: { 'content-type': type } }), body(bytes), finish()])
        for (const request of [chat(), streamingChat()]) {
          const answer = await house.hearth.unchecked(CHAT, { method: 'POST', body: request })
          assert.equal(answer.status, status)
          assert.equal(answer.headers['content-type'], type)
          assert.equal(answer.body.length, bytes.length)
          assert.ok(answer.body.equals(bytes))
        }
      })
    }
  }

  test('passes on the other endpoints too, with what it says about limits', async () => {
    await using house = await House.start()
    const requests = {
      [COMPLETIONS]: { model: 'm1', prompt: 'a' },
      [EMBEDDINGS]: { model: 'm1', input: 'a' },
    }
    for (const [path, request] of Object.entries(requests)) {
      house.host.on(path, [
        json(
          { mine: true },
          {
            status: 429,
            headers: { 'retry-after': '7', 'x-ratelimit-limit': '3', 'set-cookie': 'a=b', server: 'x' },
          },
        ),
      ])
      const answer = await house.hearth.unchecked(path, { method: 'POST', body: request })
      assert.equal(answer.status, 429)
      assert.equal(answer.text, '{"mine":true}')
      assert.equal(answer.headers['retry-after'], '7')
      assert.equal(answer.headers['x-ratelimit-limit'], '3')
      assert.equal(answer.headers['set-cookie'], undefined)
      assert.equal(answer.headers.server, undefined)
    }
  })

  test('whose body is cut becomes an error of Hearth, never a whole answer', async () => {
    await using house = await House.start()
    for (const status of [400, 503]) {
      house.host.on(CHAT, [
        head({ status, headers: { 'content-type': 'application/json' }, framing: { lengthBytes: 100 } }),
        body('{"error":'),
        end(),
      ])
      const answer = await house.hearth.unchecked(CHAT, { method: 'POST', body: chat() })
      if (status === 400) assertError(answer, 502, 'answer_cut')
      else assertError(answer, 503, 'host_unavailable')
    }
  })
})

suite('a plain JSON answer', () => {
  test('passes byte for byte: spaces, key order, large integers, odd escapes', async () => {
    await using house = await House.start()
    const bytes = Buffer.from('{ "b":1.0, "a":18446744073709551615, "choices":[ ], "t":"\\u0041\\/é" }\n')
    house.host.on(CHAT, [head({ headers: { 'content-type': 'application/json' } }), body(bytes), finish()])
    const answer = await house.hearth.post(CHAT, chat())
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.body, bytes)
  })

  test('of several megabytes passes whole', async () => {
    await using house = await House.start()
    const bytes = Buffer.from(JSON.stringify({ data: [{ embedding: 'x'.repeat(5_000_000) }] }))
    house.host.on(EMBEDDINGS, [
      head({ headers: { 'content-type': 'application/json' } }),
      body(bytes),
      finish(),
    ])
    const answer = await house.hearth.post(EMBEDDINGS, { model: 'm1', input: 'a' })
    assert.ok(answer.body.equals(bytes))
  })

  test('that is cut while it is small is 502; once it flows, the connection breaks', async () => {
    await using house = await House.start()
    const start = (size: number) => [
      head({ headers: { 'content-type': 'application/json' } }),
      body(Buffer.alloc(size, ' ')),
      end(),
    ]
    house.host.on(CHAT, start(1000))
    assertError(await house.hearth.post(CHAT, chat()), 502, 'answer_cut')
    house.host.on(CHAT, start(3_000_000))
    await assert.rejects(house.hearth.post(CHAT, chat()), { code: 'UND_ERR_SOCKET' })
  })

  test('is never an event stream that nobody asked for', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [
      head({ headers: { 'content-type': 'text/event-stream' } }),
      body('data: {}\n\n'),
      finish(),
    ])
    assertError(await house.hearth.post(CHAT, chat()), 502, 'unexpected_event_stream')
  })
})
