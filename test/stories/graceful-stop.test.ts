import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Gate } from '../fakes/gate.ts'
import { body, eventStreamHead, finish, stall, waitFor } from '../fakes/script.ts'
import { chatChunk, DONE } from '../fakes/sse.ts'
import { within } from '../fakes/within.ts'
import { until } from '../harness/until.ts'
import { assertEndsInError, assertError, CHAT, chat, House, streamingChat } from '../relay/house.ts'

const HI = chatChunk('Hi')

/** A connection of which the test writes every byte. */
async function rawConnection(house: House): Promise<{ socket: Socket; received: () => string }> {
  const { hostname, port } = new URL(house.hearth.url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  let text = ''
  socket.on('data', (bytes: Buffer) => (text += bytes.toString()))
  socket.on('error', () => undefined)
  return { socket, received: () => text }
}

suite('a Hearth that stops', () => {
  test('lets a stream finish, and refuses what comes on a connection that is still open', async () => {
    await using house = await House.start({ settings: { shutdown_grace_ms: 20_000 } })
    const gate = new Gate()
    house.host.on(CHAT, [eventStreamHead(), body(HI), waitFor(gate), body(DONE), finish()])
    const answer = await house.hearth.open(CHAT, streamingChat())
    const begun = await answer.upTo(HI)
    // Half a request keeps a second connection from being idle, so that it is there when Hearth stops.
    const { socket, received } = await rawConnection(house)
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\n')
    // What was written is in the server's socket already: it is read in the next turns of the loop.
    for (let turn = 0; turn < 10; turn++) await setImmediate()
    const closed = house.hearth.app.close()
    socket.write('\r\n')
    await until('the refusal', () => received().includes('"code":"stopping"'))
    assert.match(received(), /^HTTP\/1\.1 503 Service Unavailable\r\n/)
    assert.match(received(), /\r\nconnection: close\r\n/i)
    assert.match(received(), /\r\nretry-after: \d+\r\n/i)
    await assert.rejects(house.hearth.request('/health'), { code: 'ECONNREFUSED' })
    gate.open()
    assert.equal(begun + (await answer.rest()), HI + DONE)
    await within(5_000, 'Hearth to stop', closed)
  })

  test('ends a stream that outlasts shutdown_grace_ms in an error event before [DONE]', async () => {
    await using house = await House.start({ settings: { shutdown_grace_ms: 100 } })
    house.host.on(CHAT, [eventStreamHead(), body(HI), stall()])
    const answer = await house.hearth.open(CHAT, streamingChat())
    const begun = await answer.upTo(HI)
    const startedAtMs = performance.now()
    const closed = house.hearth.app.close()
    assertEndsInError(begun + (await answer.rest()), HI, 'stopping')
    await within(5_000, 'Hearth to stop', closed)
    const tookMs = performance.now() - startedAtMs
    assert.ok(tookMs >= 100 && tookMs < 2_000, `it took ${tookMs} ms`)
  })

  test('answers 503 to those who waited for a host or a slot when the grace is over', async () => {
    await using house = await House.start({ settings: { shutdown_grace_ms: 100 }, host: { slots: 1 } })
    house.host.on(CHAT, [stall()])
    const asked = house.hearth.post(CHAT, chat())
    await house.received(CHAT)
    const inLine = house.hearth.post(CHAT, chat())
    await until('it to wait', async () => {
      const status = (await house.hearth.request('/api/status')).json<{ requests: { waiting: number } }>()
      return status.requests.waiting === 1
    })
    const closed = house.hearth.app.close()
    assertError(await asked, 503, 'stopping')
    assertError(await inLine, 503, 'stopping')
    await within(5_000, 'Hearth to stop', closed)
  })

  test('ends at once when it is asked a second time', async () => {
    await using house = await House.start({ settings: { shutdown_grace_ms: 60_000 } })
    house.host.on(CHAT, [eventStreamHead(), body(HI), stall()])
    const answer = await house.hearth.open(CHAT, streamingChat())
    const begun = await answer.upTo(HI)
    const cut = new AbortController()
    const closed = house.hearth.app.close(cut.signal)
    cut.abort()
    assertEndsInError(begun + (await answer.rest()), HI, 'stopping')
    await within(2_000, 'Hearth to stop', closed)
  })

  test('is not held up by connections that are idle, or that never asked for anything', async () => {
    await using house = await House.start({ settings: { shutdown_grace_ms: 4_000 } })
    await house.hearth.request('/health')
    // Browsers open such connections in advance.
    await rawConnection(house)
    await within(2_000, 'Hearth to stop', house.hearth.app.close())
  })
})
