import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import zlib from 'node:zlib'
import { eventStream, json } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { DONE } from '../fakes/sse.ts'
import { TestApp } from '../harness/test-app.ts'
import { CHAT, chat, COMPLETIONS, EMBEDDINGS, House, streamingChat } from './house.ts'

const ANSWER = json({ choices: [], data: [] })
/** Fields no standard knows, integers past 2^53, odd spaces and escapes, in an odd order. */
const ODD =
  ' { "zeta" : [1.0, 1e3, -0], "seed":18446744073709551615 ,"model":"m1",\n"messages":[{"role":"user","content":"\\u0041 é 🌍","cache_control":{"a":1}}], "min_p":0.05,"__proto__":{"x":1},"dup":1,"dup":2 } '

suite('what reaches the host', () => {
  test('is byte for byte what the caller sent, on each endpoint', async () => {
    await using house = await House.start()
    const requests = {
      [CHAT]: ODD,
      [COMPLETIONS]: '{"prompt" :["a","b"],"model":"m1","logit_bias":{"50256":-100},"seed":9007199254740993}',
      [EMBEDDINGS]: '{"input":[[1,2],[3]], "model":"m1","user":"u","truncate":true,"n":9223372036854775807}',
    }
    for (const [path, request] of Object.entries(requests)) {
      house.host.on(path, [ANSWER])
      await house.hearth.post(path, request)
      const sent = await house.received(path)
      assert.equal(sent.body.toString(), request)
      assert.equal(sent.method, 'POST')
    }
  })

  test('in a stream has include_usage added in front, and nothing else changed', async () => {
    await using house = await House.start()
    house.host.on(CHAT, eventStream(DONE))
    const request = ODD.replace('"zeta"', '"stream":true,"zeta"')
    await house.hearth.post(CHAT, request)
    const sent = (await house.received(CHAT)).body.toString()
    assert.equal(sent.replace('"stream_options":{"include_usage":true},', ''), request)
    assert.notEqual(sent, request)
  })

  test('in a stream whose caller asked for usage is not touched at all', async () => {
    await using house = await House.start()
    house.host.on(CHAT, eventStream(DONE))
    const request = ODD.replace(
      '"zeta"',
      '"stream":true,"stream_options":{ "include_usage" : true, "x":1 },"zeta"',
    )
    await house.hearth.post(CHAT, request)
    assert.equal((await house.received(CHAT)).body.toString(), request)
  })

  for (const options of ['{}', '{"include_usage":false}', '{"chunk_size":3}', 'null']) {
    test(`keeps stream_options ${options} beside include_usage, and every other byte`, async () => {
      await using house = await House.start()
      house.host.on(CHAT, eventStream(DONE))
      const request = ODD.replace('"zeta"', `"stream":true,"stream_options":${options},"zeta"`)
      await house.hearth.post(CHAT, request)
      const text = (await house.received(CHAT)).body.toString()
      const sent = JSON.parse(text) as { stream_options: object }
      assert.deepEqual(sent.stream_options, {
        ...(JSON.parse(options) as object | null),
        include_usage: true,
      })
      assert.ok(text.includes('"seed":18446744073709551615'), 'a 64-bit integer was rounded')
      assert.ok(text.includes('[1.0, 1e3, -0]'), 'numbers were written anew')
    })
  }

  test('is decompressed where the caller compressed it', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [ANSWER])
    for (const [encoding, compress] of [
      ['gzip', zlib.gzipSync],
      ['br', zlib.brotliCompressSync],
      ['deflate', zlib.deflateSync],
      ['zstd', zlib.zstdCompressSync],
    ] as const) {
      await house.hearth.post(CHAT, compress(ODD), { headers: { 'content-encoding': encoding } })
    }
    const sent = house.host.requests.filter(({ path }) => path === CHAT)
    assert.deepEqual(
      sent.map(({ body }) => body.toString()),
      [ODD, ODD, ODD, ODD],
    )
    assert.ok(sent.every(({ headers }) => headers['content-encoding'] === undefined))
  })

  test('nests as deep as the caller likes', async () => {
    await using house = await House.start()
    house.host.on(CHAT, eventStream(DONE))
    const deep = '['.repeat(50_000) + ']'.repeat(50_000)
    for (const options of ['', ',"stream_options":{}']) {
      const answer = await house.hearth.post(
        CHAT,
        `{"model":"m1","stream":true,"messages":[{"role":"user"}]${options},"deep":${deep}}`,
      )
      assert.equal(answer.status, 200, answer.text)
    }
  })

  test('goes below the path of the host where it has one', async () => {
    await using host = await ScriptedHost.start({ models: [] })
    host.on('/llm/v1/models', [json({ data: ['m1'] })])
    host.on(`/llm${CHAT}`, [ANSWER])
    await using hearth = await TestApp.start({ hosts: [`${host.url}/llm/v1/`] })
    assert.equal((await hearth.post(CHAT, chat())).status, 200)
    const asked = host.requests.map(({ path }) => path)
    assert.deepEqual([asked[0], asked.at(-1)], ['/llm/v1/models', `/llm${CHAT}`])
    assert.ok(asked.every((path) => path.startsWith('/llm/')))
  })
})

suite('the headers that reach the host', () => {
  const PRIVATE = {
    cookie: 'hearth_session=secret-cookie; a=b',
    'x-api-key': 'secret-api-key',
    'x-roxy-token': 'secret-roxy-token',
    'proxy-authorization': 'Basic c2VjcmV0',
    'x-forwarded-for': '192.168.1.7',
    'openai-organization': 'org-secret',
    'x-custom': 'secret-custom',
  }

  test("hold the host's own key and none of the caller's credentials", async () => {
    await using house = await House.start({ host: { key: 'the-key-of-the-host' } })
    house.host.on(CHAT, [ANSWER])
    await house.hearth.post(CHAT, chat(), { headers: PRIVATE })
    const { headers } = await house.received(CHAT)
    assert.equal(headers.authorization, 'Bearer the-key-of-the-host')
    const all = JSON.stringify(headers)
    assert.doesNotMatch(all, /secret|192\.168\.1\.7|c2VjcmV0/)
    assert.ok(!all.includes(house.hearth.adminKey))
  })

  test('hold no Authorization where the host has no key', async () => {
    await using house = await House.start()
    house.host.on(CHAT, eventStream(DONE))
    await house.hearth.post(CHAT, streamingChat(), { headers: PRIVATE })
    for (const { headers } of house.host.requests) assert.equal(headers.authorization, undefined)
  })

  test('are these, whole', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [ANSWER])
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await house.hearth.post(CHAT, chat(), { headers: { traceparent, 'x-correlation-id': 'mine-1' } })
    const { headers } = await house.received(CHAT)
    const {
      traceparent: sentTrace,
      'content-length': length,
      'accept-encoding': encoding,
      host,
      ...rest
    } = headers
    assert.equal(encoding ?? 'identity', 'identity')
    assert.match(String(sentTrace), /^00-0af7651916cd43dd8448eb211c80319c-[\da-f]{16}-01$/)
    assert.notEqual(sentTrace, traceparent)
    assert.equal(Number(length), JSON.stringify(chat()).length)
    assert.equal(`http://${host!}`, house.host.url)
    assert.deepEqual(rest, {
      connection: 'keep-alive',
      'content-type': 'application/json',
      'x-correlation-id': 'mine-1',
      'x-hearth-hops': '1',
    })
  })
})
