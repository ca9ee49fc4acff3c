import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import zlib from 'node:zlib'
import { json } from '../fakes/script.ts'
import { assertError, CHAT, chat, COMPLETIONS, EMBEDDINGS, House } from './house.ts'

const LIMIT_BYTES = 100_000
const messages = [{ role: 'user', content: 'Hello' }]

async function houseWithLimit(limitBytes = LIMIT_BYTES): Promise<House> {
  const house = await House.start({ settings: { body_limit_bytes: limitBytes } })
  house.host.on(CHAT, [json({ choices: [] })])
  return house
}

/** A chat request of exactly `sizeBytes`. */
function chatOfSize(sizeBytes: number): string {
  const empty = JSON.stringify(chat({ pad: '' }))
  return JSON.stringify(chat({ pad: 'x'.repeat(sizeBytes - empty.length) }))
}

suite('a body', () => {
  test('of the very limit passes, one byte more is 413', async () => {
    await using house = await houseWithLimit()
    assert.equal((await house.hearth.post(CHAT, chatOfSize(LIMIT_BYTES))).status, 200)
    const error = assertError(
      await house.hearth.post(CHAT, chatOfSize(LIMIT_BYTES + 1)),
      413,
      'body_too_large',
    )
    assert.match(error.message, /100000 bytes.*body_limit_bytes/)
  })

  test('that is larger than the limit once it is decompressed is 413, before it is all unpacked', async () => {
    await using house = await houseWithLimit()
    const bomb = chatOfSize(200_000_000)
    const compressors = {
      gzip: zlib.gzipSync(bomb, { level: 1 }),
      br: zlib.brotliCompressSync(bomb, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
    }
    for (const [encoding, bytes] of Object.entries(compressors)) {
      const rssBefore = process.memoryUsage().rss
      const answer = await house.hearth.post(CHAT, bytes, { headers: { 'content-encoding': encoding } })
      assertError(answer, 413, 'body_too_large')
      assert.ok(process.memoryUsage().rss - rssBefore < 60_000_000, 'it was unpacked')
    }
    const fits = zlib.gzipSync(chatOfSize(LIMIT_BYTES))
    assert.equal(
      (await house.hearth.post(CHAT, fits, { headers: { 'content-encoding': 'gzip' } })).status,
      200,
    )
  })

  test('of 40 MB is told 413 while it is still being sent, not cut off', async () => {
    await using house = await houseWithLimit(33_554_432)
    for (let round = 0; round < 5; round++) {
      assertError(await house.hearth.post(CHAT, chatOfSize(40_000_000)), 413, 'body_too_large')
    }
  })

  test('over the limit is 413 on the other routes too, in their own shape', async () => {
    await using house = await houseWithLimit()
    const answer = await house.hearth.post('/api/keys', { name: 'x'.repeat(LIMIT_BYTES) })
    assert.equal(answer.status, 413)
    assert.equal(answer.json<{ error: { code: string } }>().error.code, 'body_too_large')
  })

  test('that is no JSON is 400 and says where', async () => {
    await using house = await houseWithLimit()
    const broken = {
      '{"model":"m1",}': /position 14/,
      '{"model"': /position 8/,
      nonsense: /not valid JSON/,
      '': /no body/,
      '{"a":1} x': /position 8/,
      "{'a':1}": /position 1/,
    }
    for (const [text, message] of Object.entries(broken)) {
      const error = assertError(await house.hearth.post(CHAT, text), 400, 'json_invalid')
      assert.equal(error.type, 'invalid_request_error')
      assert.match(error.message, message)
    }
    const latin1 = Buffer.from('{"model":"m1","messages":"caf\xe9', 'latin1')
    assertError(await house.hearth.post(CHAT, latin1), 400, 'json_invalid')
  })

  test('with damaged or unknown compression is 400', async () => {
    await using house = await houseWithLimit()
    const send = (body: Buffer, encoding: string) =>
      house.hearth.post(CHAT, body, { headers: { 'content-encoding': encoding } })
    assertError(await send(Buffer.from('not gzip'), 'gzip'), 400, 'body_unreadable')
    assertError(await send(zlib.gzipSync(chatOfSize(5000)).subarray(0, -10), 'gzip'), 400, 'body_unreadable')
    assertError(await send(Buffer.from('{}'), 'compress'), 400, 'encoding_unsupported')
  })
})

suite('a wrong field is 400 and named with its path', () => {
  const wrong: [string, unknown, string | null, RegExp][] = [
    [CHAT, [], null, /must be a JSON object/],
    [CHAT, 'null', null, /must be a JSON object/],
    [CHAT, '"text"', null, /must be a JSON object/],
    [CHAT, { messages }, 'model', /must name a model/],
    [CHAT, { model: 7, messages }, 'model', /must name a model/],
    [CHAT, { model: '', messages }, 'model', /must name a model/],
    [CHAT, { model: 'm1' }, 'messages', /is missing/],
    [CHAT, { model: 'm1', messages: 'Hello' }, 'messages', /must be an array/],
    [CHAT, { model: 'm1', messages: [] }, 'messages', /at least one message/],
    [CHAT, { model: 'm1', messages: [...messages, 'x'] }, 'messages[1]', /must be an object/],
    [CHAT, { model: 'm1', messages: [...messages, null] }, 'messages[1]', /must be an object/],
    [CHAT, { model: 'm1', messages: [{ content: 'x' }] }, 'messages[0].role', /must be a string/],
    [
      CHAT,
      { model: 'm1', messages: [{ role: 'user', content: 5 }] },
      'messages[0].content',
      /string or an array/,
    ],
    [CHAT, chat({ stream: 'yes' }), 'stream', /true or false/],
    [CHAT, chat({ temperature: '0.7' }), 'temperature', /must be a number/],
    [CHAT, chat({ max_tokens: 1.5 }), 'max_tokens', /must be an integer/],
    [CHAT, chat({ tools: {} }), 'tools', /must be an array/],
    [CHAT, chat({ stream_options: [] }), 'stream_options', /must be an object/],
    [CHAT, chat({ response_format: 'json' }), 'response_format', /must be an object/],
    [CHAT, chat({ stop: 3 }), 'stop', /string or an array/],
    [COMPLETIONS, { model: 'm1' }, 'prompt', /is missing/],
    [COMPLETIONS, { model: 'm1', prompt: 5 }, 'prompt', /string or an array/],
    [EMBEDDINGS, { model: 'm1' }, 'input', /is missing/],
    [EMBEDDINGS, { model: 'm1', input: {} }, 'input', /string or an array/],
    [EMBEDDINGS, { model: 'm1', input: 'x', dimensions: 'many' }, 'dimensions', /must be an integer/],
  ]
  for (const [path, body, param, message] of wrong) {
    test(`${path} with ${JSON.stringify(body)}`, async () => {
      const error = assertError(await shared.house.hearth.post(path, body), 400, 'request_invalid')
      assert.equal(error.param, param)
      assert.match(error.message, message)
      assert.equal(error.type, 'invalid_request_error')
    })
  }

  test('and null means "not given"', async () => {
    const nothing = {
      stream: null,
      temperature: null,
      max_tokens: null,
      stop: null,
      stream_options: null,
      tools: null,
    }
    assert.equal((await shared.house.hearth.post(CHAT, chat(nothing))).status, 200)
  })

  test('on /api in the shape of /api', async () => {
    const answer = await shared.house.hearth.post('/api/keys', {
      name: '',
      scope: 'root',
      kind: 'app',
      extra: 1,
    })
    assert.equal(answer.status, 400)
    const { error } = answer.json<{
      error: { code: string; details: { problems: { path: string }[] }; correlation_id: string }
    }>()
    assert.equal(error.code, 'request_invalid')
    assert.deepEqual(
      error.details.problems.map(({ path }) => path),
      ['name', 'scope', ''],
    )
    assert.equal(error.correlation_id, answer.headers['x-request-id'])
  })

  const shared = {} as { house: House }
  before(async () => {
    shared.house = await houseWithLimit()
  })
  after(() => shared.house[Symbol.asyncDispose]())
})
