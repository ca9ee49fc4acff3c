import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Client } from 'undici'
import { Gate } from './gate.ts'
import {
  body,
  end,
  eventStream,
  eventStreamHead,
  finish,
  flood,
  head,
  json,
  raw,
  reset,
  sliced,
  stall,
  waitFor,
} from './script.ts'
import { ScriptedHost } from './scripted-host.ts'
import { chatChunk, DONE, finishChunk, usageChunk } from './sse.ts'

const CHAT = '/v1/chat/completions'

interface Answer {
  readonly status: number
  readonly text: string
}

function start(limitMs = 5000): Promise<ScriptedHost> {
  return ScriptedHost.start({ models: ['m1'], limitMs })
}

async function post(host: ScriptedHost, content = '{}'): Promise<Answer> {
  await using client = disposable(host)
  const response = await client.request({ path: CHAT, method: 'POST', body: content })
  return { status: response.statusCode, text: await response.body.text() }
}

function disposable(host: ScriptedHost): Client & AsyncDisposable {
  const client = new Client(host.url)
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.destroy() })
}

/** A request as bytes, and all that comes back until the connection ends. */
async function speak(host: ScriptedHost, bytes: string): Promise<string> {
  const { hostname, port } = new URL(host.url)
  const socket = connect(Number(port), hostname)
  socket.write(bytes)
  return text(socket)
}

suite('a scripted host', () => {
  test('lists its models', async () => {
    await using host = await start()
    const response = await fetch(`${host.url}/v1/models`)
    const list = (await response.json()) as { data: { id: string }[] }
    assert.deepEqual(
      list.data.map(({ id }) => id),
      ['m1'],
    )
  })

  test('keeps each request: method, path, headers and the very bytes of its body', async () => {
    await using host = await start()
    const answer = await post(host, '{ "model":"m1", "n":1.0 }')
    const request = await host.request()
    assert.equal(answer.status, 404)
    assert.equal(request.method, 'POST')
    assert.equal(request.path, CHAT)
    assert.equal(request.headers['content-length'], '25')
    assert.equal(request.body.toString(), '{ "model":"m1", "n":1.0 }')
    assert.deepEqual(request.json(), { model: 'm1', n: 1 })
  })

  test('reads a chunked request and two requests in one packet', async () => {
    await using host = await start()
    host.on(CHAT, (request) => [
      json({ read: request.body.toString() }),
      ...(host.requests.length === 2 ? [end()] : []),
    ])
    const chunked = `POST ${CHAT} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`
    const counted = `POST ${CHAT}?again HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyz`
    const answers = await speak(host, chunked + counted)
    assert.match(answers, /\{"read":"abcde"\}HTTP\/1\.1 200 OK/)
    assert.match(answers, /\{"read":"xyz"\}$/)
  })

  test('streams events and leaves the connection open for the next request', async () => {
    await using host = await start()
    const events = [chatChunk('Hi'), finishChunk('stop'), usageChunk(), DONE]
    host.on(CHAT, eventStream(...events))
    await using client = disposable(host)
    for (let round = 1; round <= 2; round++) {
      const response = await client.request({ path: CHAT, method: 'POST', body: '{}' })
      assert.equal(response.headers['content-type'], 'text/event-stream')
      assert.equal(await response.body.text(), events.join(''))
    }
    assert.equal(host.acceptedSockets, 1)
  })

  test('waits for its gate and goes on when the test opens it', async () => {
    await using host = await start()
    const gate = new Gate()
    host.on(CHAT, [head(), body('before '), waitFor(gate), body('after'), finish()])
    await using client = disposable(host)
    const response = await client.request({ path: CHAT, method: 'POST', body: '{}' })
    const pieces = response.body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    const first = await pieces.next()
    assert.equal(String(first.value), 'before ')
    gate.open()
    const second = await pieces.next()
    assert.equal(String(second.value), 'after')
  })

  test('ends an answer by its length and by closing', async () => {
    await using host = await start()
    host.on(CHAT, [head({ framing: { lengthBytes: 4 } }), body('four'), finish()])
    assert.equal((await post(host)).text, 'four')
    host.on(CHAT, [head({ framing: 'until-close' }), body('all there is'), finish()])
    assert.equal((await post(host)).text, 'all there is')
  })

  test('cuts a stream into slices of any size without changing it', async () => {
    await using host = await start()
    const events = chatChunk('Grüße 🌍') + DONE
    host.on(CHAT, [eventStreamHead(), sliced(events, 1), finish()])
    assert.equal((await post(host)).text, events)
  })

  test('resets a connection in the middle of an answer', async () => {
    await using host = await start()
    const gate = new Gate()
    host.on(CHAT, [eventStreamHead(), body(chatChunk('Hi')), waitFor(gate), reset()])
    await using client = disposable(host)
    const response = await client.request({ path: CHAT, method: 'POST', body: '{}' })
    gate.open()
    await assert.rejects(response.body.text(), { code: 'ECONNRESET' })
  })

  test('ends a connection cleanly before its answer is complete', async () => {
    await using host = await start()
    host.on(CHAT, [eventStreamHead(), body(chatChunk('Hi')), end()])
    await assert.rejects(post(host), { code: 'UND_ERR_SOCKET' })
  })

  test('says nonsense when told to', async () => {
    await using host = await start()
    host.on(CHAT, [raw('SMTP ready\r\n\r\n'), end()])
    await assert.rejects(post(host), { name: 'HTTPParserError' })
  })

  test('stalls until the caller gives up, and knows when that was', async () => {
    await using host = await start()
    host.on(CHAT, [stall()])
    const caller = new AbortController()
    const startedAtMs = performance.now()
    const answer = fetch(`${host.url}${CHAT}`, { method: 'POST', body: '{}', signal: caller.signal })
    const request = await host.request()
    caller.abort()
    await assert.rejects(answer, { name: 'AbortError' })
    const closedAtMs = await request.clientClosed()
    assert.ok(closedAtMs > startedAtMs && closedAtMs <= performance.now())
    await host.until(() => host.openSockets === 0, 'the connection to go')
  })

  test('floods only as fast as the caller reads', async () => {
    await using host = await start()
    const totalBytes = 64 * 1024 * 1024
    host.on(CHAT, [head({ framing: { lengthBytes: totalBytes } }), flood(totalBytes)])
    await using client = disposable(host)
    const response = await client.request({ path: CHAT, method: 'POST', body: '{}' })
    const request = await host.request()
    for (let turn = 0; turn < 200; turn++) await setImmediate()
    assert.ok(request.acceptedBytes > 0)
    assert.ok(
      request.acceptedBytes < totalBytes / 2,
      `${request.acceptedBytes} bytes taken while nobody reads`,
    )
    let readBytes = 0
    for await (const piece of response.body as AsyncIterable<Buffer>) readBytes += piece.length
    assert.equal(readBytes, totalBytes)
    assert.ok(request.acceptedBytes >= totalBytes)
  })

  test('goes away and returns on the same port', async () => {
    await using host = await start()
    host.on(CHAT, [json({ ok: true })])
    const url = host.url
    await host.stop()
    await assert.rejects(post(host), { code: 'ECONNREFUSED' })
    await host.startAgain()
    assert.equal(host.url, url)
    assert.equal((await post(host)).text, '{"ok":true}')
  })

  test('fails the test that leaves it waiting', async () => {
    const host = await start(50)
    host.on(CHAT, [waitFor(new Gate())])
    await assert.rejects(post(host), { code: 'ECONNRESET' })
    await assert.rejects(host[Symbol.asyncDispose](), /Waited 50 ms in vain for the gate/)
  })

  test('does not take its own closing for the caller hanging up', async () => {
    await using host = await start()
    host.on(CHAT, [stall()])
    const answer = post(host)
    const request = await host.request()
    await host.stop()
    await assert.rejects(answer)
    await assert.rejects(request.clientClosed(), /The host itself closed/)
  })

  test('closes at once though a connection is already ending', async () => {
    const host = await start()
    host.on(CHAT, [head({ framing: 'until-close' }), body('all'), end(), reset()])
    assert.equal((await post(host)).text, 'all')
    await host[Symbol.asyncDispose]()
    assert.equal(host.openSockets, 0)
  })
})
