import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { body, eventStreamHead, finish, flood, head, json, stall, type Step } from '../fakes/script.ts'
import { chatChunk, DONE } from '../fakes/sse.ts'
import { until, untilStill } from '../harness/until.ts'
import { assertEndsInError, CHAT, chat, House, streamingChat } from './house.ts'

const MB = 1024 * 1024
const FLOOD_BYTES = 96 * MB
/** What the buffers of four sockets hold, with much room; Hearth's own share is some kilobytes. */
const HELD_LIMIT_BYTES = 40 * MB
const HANG_UP_LIMIT_MS = 100

/** Events as fast as the caller takes them. */
function floodOfEvents(totalBytes: number): Step {
  const block = chatChunk('x'.repeat(1000)).repeat(60)
  return async (exchange) => {
    for (let sent = 0; sent < totalBytes; sent += block.length) await body(block)(exchange)
    await body(DONE)(exchange)
  }
}

interface StatusRequests {
  requests: { active: number; waiting: number }
}

async function activeRequests(house: House): Promise<number> {
  return (await house.hearth.request('/api/status')).json<StatusRequests>().requests.active
}

suite('a caller that reads slowly', () => {
  const floods = {
    events: { request: streamingChat(), steps: [eventStreamHead(), floodOfEvents(FLOOD_BYTES)] },
    'one endless line': {
      request: streamingChat(),
      steps: [eventStreamHead(), flood(FLOOD_BYTES), finish()],
    },
    'a JSON body': {
      request: chat(),
      steps: [
        head({ headers: { 'content-type': 'application/json' }, framing: { lengthBytes: FLOOD_BYTES } }),
        flood(FLOOD_BYTES),
      ],
    },
  }
  for (const [what, { request, steps }] of Object.entries(floods)) {
    test(`holds the host back in a flood of ${what}, and gets all of it in the end`, async () => {
      await using house = await House.start({ limitMs: 60_000 })
      house.host.on(CHAT, steps)
      const rssBefore = process.memoryUsage().rss
      const answer = await house.hearth.open(CHAT, request)
      const sent = await house.received(CHAT)
      const heldBytes = await untilStill('what the host could write', () => sent.acceptedBytes)
      assert.ok(heldBytes > 0 && heldBytes < HELD_LIMIT_BYTES, `${heldBytes} bytes taken while nobody read`)
      assert.ok(process.memoryUsage().rss - rssBefore < HELD_LIMIT_BYTES + 40 * MB, 'memory grew')
      let readBytes = 0
      for (let piece = await answer.next(); piece !== undefined; piece = await answer.next())
        readBytes += piece.length
      assert.ok(readBytes >= FLOOD_BYTES, `${readBytes} bytes came`)
    })
  }

  test('holds its host no longer than idle_timeout_ms, and then reads that its answer is not complete', async () => {
    await using house = await House.start({ settings: { 'relay.idle_timeout_ms': 100 } })
    house.host.on(CHAT, [eventStreamHead(), floodOfEvents(FLOOD_BYTES)])
    const answer = await house.hearth.open(CHAT, streamingChat())
    await (await house.received(CHAT)).clientClosed()
    await until('the slot to be free', async () => (await activeRequests(house)) === 0)
    const stream = await answer.rest()
    assert.ok(stream.length < FLOOD_BYTES)
    assertEndsInError(stream, stream.slice(0, stream.lastIndexOf('data: {"error"')), 'caller_stalled')
  })

  test('does not hold other callers back', async () => {
    await using house = await House.start()
    let round = 0
    house.host.on(CHAT, () =>
      round++ === 0 ? [eventStreamHead(), floodOfEvents(FLOOD_BYTES)] : [json({ choices: [] })],
    )
    const slow = await house.hearth.open(CHAT, streamingChat())
    await untilStill('what the host could write', () => house.host.requests.at(-1)!.acceptedBytes, 100)
    assert.equal((await house.hearth.post(CHAT, chat())).text, '{"choices":[]}')
    slow.leave()
  })
})

suite('a caller that leaves', () => {
  const moments: Record<string, readonly Step[]> = {
    'in the middle of a stream': [eventStreamHead(), body(chatChunk('Hi')), stall()],
    'before the first event': [eventStreamHead(), stall()],
    'while the host is flooding it': [eventStreamHead(), floodOfEvents(FLOOD_BYTES)],
  }
  for (const [when, steps] of Object.entries(moments)) {
    test(`${when} releases the host within 100 ms`, async () => {
      await using house = await House.start()
      house.host.on(CHAT, steps)
      const answer = await house.hearth.open(CHAT, streamingChat())
      const sent = await house.received(CHAT)
      const leftAtMs = performance.now()
      answer.leave()
      const tookMs = (await sent.clientClosed()) - leftAtMs
      assert.ok(tookMs < HANG_UP_LIMIT_MS, `it took ${tookMs} ms`)
      await until('the slot to be free', async () => (await activeRequests(house)) === 0)
    })
  }

  for (const request of [chat(), streamingChat()]) {
    test(`before the host answered releases the host within 100 ms (stream: ${request.stream === true})`, async () => {
      await using house = await House.start()
      house.host.on(CHAT, [stall()])
      const caller = new AbortController()
      const answering = house.hearth.post(CHAT, request, { signal: caller.signal })
      const sent = await house.received(CHAT)
      const leftAtMs = performance.now()
      caller.abort()
      await assert.rejects(answering, { name: 'AbortError' })
      const tookMs = (await sent.clientClosed()) - leftAtMs
      assert.ok(tookMs < HANG_UP_LIMIT_MS, `it took ${tookMs} ms`)
      await until('the slot to be free', async () => (await activeRequests(house)) === 0)
    })
  }

  test('while it waits for a slot is forgotten, and its request never reaches the host', async () => {
    await using house = await House.start({ host: { slots: 1 } })
    house.host.on(CHAT, [eventStreamHead(), body(chatChunk('Hi')), stall()])
    const first = await house.hearth.open(CHAT, streamingChat())
    const caller = new AbortController()
    const waiting = house.hearth.post(CHAT, chat(), { signal: caller.signal })
    const waitingCount = async () =>
      (await house.hearth.request('/api/status')).json<StatusRequests>().requests.waiting
    await until('it to wait', async () => (await waitingCount()) === 1)
    caller.abort()
    await assert.rejects(waiting, { name: 'AbortError' })
    await until('it to be forgotten', async () => (await waitingCount()) === 0)
    first.leave()
    await until('the slot to be free', async () => (await activeRequests(house)) === 0)
    assert.equal(house.host.requests.filter(({ path }) => path === CHAT).length, 1)
  })

  test('is no fault of the host', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [eventStreamHead(), body(chatChunk('Hi')), stall()])
    for (let round = 0; round < 6; round++) {
      const answer = await house.hearth.open(CHAT, streamingChat())
      await answer.next()
      answer.leave()
      await (await house.received(CHAT, round)).clientClosed()
    }
    const status = (await house.hearth.request('/api/status')).json<{
      hosts: { state: string; last_error: unknown }[]
    }>()
    assert.equal(status.hosts[0]!.state, 'ok')
    assert.equal(status.hosts[0]!.last_error, null)
  })
})
