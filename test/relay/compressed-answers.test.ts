import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import zlib from 'node:zlib'
import { body, end, eventStreamHead, finish, head, sliced } from '../fakes/script.ts'
import { chatChunk, DONE, finishChunk, usageChunk } from '../fakes/sse.ts'
import { assertEndsInError, assertError, CHAT, chat, House, streamingChat } from './house.ts'

const ENCODINGS: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: (bytes) => zlib.gzipSync(bytes),
  deflate: (bytes) => zlib.deflateSync(bytes),
  br: (bytes) => zlib.brotliCompressSync(bytes),
  zstd: (bytes) => zlib.zstdCompressSync(bytes),
}
const PLAIN = Buffer.from('{"choices":[{"message":{"content":"Grüße 🌍"}}],"n":18446744073709551615}')
const EVENTS = chatChunk('Grüße 🌍') + finishChunk('stop')

function compressed(encoding: string, bytes: Buffer, status = 200) {
  const headers = { 'content-type': 'application/json', 'content-encoding': encoding }
  return [head({ status, headers }), body(bytes), finish()]
}

suite('a compressed answer', () => {
  for (const [encoding, compress] of Object.entries(ENCODINGS)) {
    test(`in ${encoding} is decoded where the caller did not ask for it`, async () => {
      await using house = await House.start()
      for (const status of [200, 400, 500, 503]) {
        house.host.on(CHAT, compressed(encoding, compress(PLAIN), status))
        for (const headers of [{}, { 'accept-encoding': 'identity' }]) {
          const answer = await house.hearth.unchecked(CHAT, { method: 'POST', body: chat(), headers })
          assert.equal(answer.status, status)
          assert.equal(answer.headers['content-encoding'], undefined)
          assert.deepEqual(answer.body, PLAIN, String(status))
        }
      }
    })

    test(`in ${encoding} passes as it is where the caller asked for it`, async () => {
      await using house = await House.start()
      const bytes = compress(PLAIN)
      for (const status of [200, 400, 500, 503]) {
        house.host.on(CHAT, compressed(encoding, bytes, status))
        const headers = { 'accept-encoding': `x-other, ${encoding};q=0.5` }
        const answer = await house.hearth.unchecked(CHAT, { method: 'POST', body: chat(), headers })
        assert.equal(answer.status, status)
        assert.equal(answer.headers['content-encoding'], encoding, `the encoding of a ${status}`)
        assert.deepEqual(answer.body, bytes)
      }
    })

    test(`in ${encoding} is decoded in a stream always, event by event, in slices of one byte`, async () => {
      await using house = await House.start()
      const start = head({ headers: { 'content-type': 'text/event-stream', 'content-encoding': encoding } })
      house.host.on(CHAT, [start, sliced(compress(Buffer.from(EVENTS + usageChunk() + DONE)), 1), finish()])
      const answer = await house.hearth.post(CHAT, streamingChat(), {
        headers: { 'accept-encoding': encoding },
      })
      assert.equal(answer.text, EVENTS + DONE)
      assert.equal(answer.headers['content-encoding'], undefined)
    })

    test(`in ${encoding} that is cut ends a stream in an error event`, async () => {
      await using house = await House.start()
      const bytes = compress(Buffer.from(chatChunk('x'.repeat(100))))
      const start = head({ headers: { 'content-type': 'text/event-stream', 'content-encoding': encoding } })
      house.host.on(CHAT, [start, body(bytes.subarray(0, bytes.length - 6)), finish()])
      const { text } = await house.hearth.post(CHAT, streamingChat())
      assertEndsInError(
        text,
        text.startsWith(chatChunk('x'.repeat(100))) ? chatChunk('x'.repeat(100)) : '',
        'answer_cut',
      )
    })
  }

  test('tells the host which encodings the caller takes, and none for a stream', async () => {
    await using house = await House.start()
    house.host.on(CHAT, compressed('gzip', zlib.gzipSync(PLAIN)))
    await house.hearth.unchecked(CHAT, {
      method: 'POST',
      body: chat(),
      headers: { 'accept-encoding': 'gzip, br' },
    })
    await house.hearth.unchecked(CHAT, { method: 'POST', body: chat() })
    house.host.on(CHAT, [eventStreamHead(), body(DONE), finish()])
    await house.hearth.post(CHAT, streamingChat(), { headers: { 'accept-encoding': 'gzip' } })
    const sent = house.host.requests.filter(({ path }) => path === CHAT)
    assert.deepEqual(
      sent.map(({ headers }) => headers['accept-encoding'] ?? 'identity'),
      ['gzip, br', 'identity', 'identity'],
    )
  })

  test('that is refused with q=0 is not what the caller asked for', async () => {
    await using house = await House.start()
    house.host.on(CHAT, compressed('gzip', zlib.gzipSync(PLAIN)))
    const headers = { 'accept-encoding': 'gzip;q=0' }
    const answer = await house.hearth.unchecked(CHAT, { method: 'POST', body: chat(), headers })
    assert.equal(answer.text, PLAIN.toString())
  })

  test('that is damaged, cut or of an unknown kind is 502', async () => {
    await using house = await House.start()
    house.host.on(CHAT, compressed('gzip', Buffer.from('this is not gzip')))
    assertError(await house.hearth.post(CHAT, chat()), 502, 'answer_cut')
    house.host.on(CHAT, compressed('gzip', zlib.gzipSync(PLAIN).subarray(0, -9)))
    assertError(await house.hearth.post(CHAT, chat()), 502, 'answer_cut')
    house.host.on(CHAT, compressed('compress', PLAIN))
    assertError(await house.hearth.post(CHAT, chat()), 502, 'encoding_unsupported')
    house.host.on(CHAT, [
      head({ headers: { 'content-encoding': 'gzip' } }),
      body(zlib.gzipSync(PLAIN).subarray(0, 20)),
      end(),
    ])
    assertError(await house.hearth.post(CHAT, chat()), 502, 'answer_cut')
  })
})
