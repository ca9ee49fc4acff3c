import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
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
} from '../fakes/script.ts'
import { chatChunk, DONE, finishChunk } from '../fakes/sse.ts'
import { assertEndsInError, assertError, CHAT, chat, House, streamingChat } from './house.ts'

const KEEP_ALIVE = ': keep-alive\n\n'
const HI = chatChunk('Hi')

suite('a stream that the host does not give', () => {
  test('is 502 where JSON comes instead, and keeps the error of the host', async () => {
    await using house = await House.start()
    const error = { message: 'model is loading', type: 'busy', param: null, code: 'loading', extra: 1 }
    house.host.on(CHAT, [json({ error })])
    const answer = await house.hearth.post(CHAT, streamingChat())
    assert.equal(answer.status, 502)
    assert.deepEqual(answer.json(), { error })
  })

  test('is 502 where the host words its error as plain text', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [json({ error: 'no memory left' })])
    const error = assertError(await house.hearth.post(CHAT, streamingChat()), 502, 'not_an_event_stream')
    assert.equal(error.message, 'no memory left')
  })

  test('is 502 that names the content type where a page or a whole completion comes', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [head({ headers: { 'content-type': 'text/html' } }), body('<p>hello</p>'), finish()])
    const page = assertError(await house.hearth.post(CHAT, streamingChat()), 502, 'not_an_event_stream')
    assert.match(page.message, /text\/html instead of text\/event-stream/)
    house.host.on(CHAT, [json({ choices: [{ message: { content: 'Hi' } }] })])
    assertError(await house.hearth.post(CHAT, streamingChat()), 502, 'not_an_event_stream')
    house.host.on(CHAT, [head(), finish()])
    const silent = assertError(await house.hearth.post(CHAT, streamingChat()), 502, 'not_an_event_stream')
    assert.match(silent.message, /no content type/)
  })

  test('is 504 where the host says nothing within first_byte_timeout_ms', async () => {
    await using house = await House.start({ settings: { 'relay.first_byte_timeout_ms': 60 } })
    house.host.on(CHAT, [stall()])
    for (const request of [streamingChat(), chat()]) {
      const answer = await house.hearth.post(CHAT, request)
      assert.equal(assertError(answer, 504, 'first_byte_timeout').type, 'server_error')
    }
    await (await house.received(CHAT)).clientClosed()
  })

  test('is keep-alive comments, an error event and [DONE] where the caller was already told to wait', async () => {
    await using house = await House.start({
      settings: { 'relay.first_byte_timeout_ms': 250, 'relay.keepalive_ms': 50 },
    })
    house.host.on(CHAT, [stall()])
    const answer = await house.hearth.post(CHAT, streamingChat())
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8')
    const comments = /^(: keep-alive\n\n)+/.exec(answer.text)![0]
    const count = comments.length / KEEP_ALIVE.length
    assert.ok(count >= 2 && count <= 5, `${count} comments in 250 ms`)
    assertEndsInError(answer.text, comments, 'first_byte_timeout')
  })

  test('waits with keep-alive comments and then streams as ever', async () => {
    await using house = await House.start({ settings: { 'relay.keepalive_ms': 20 } })
    const gate = new Gate()
    house.host.on(CHAT, [waitFor(gate), ...eventStream(HI, finishChunk('stop'), DONE)])
    const answer = await house.hearth.open(CHAT, streamingChat())
    const waited = await answer.upTo(KEEP_ALIVE)
    gate.open()
    const rest = waited + (await answer.rest())
    assert.equal(rest.replaceAll(KEEP_ALIVE, ''), HI + finishChunk('stop') + DONE)
  })

  test('gives the error of the host as an event where the caller was already told to wait', async () => {
    await using house = await House.start({ settings: { 'relay.keepalive_ms': 20 } })
    for (const status of [400, 500, 503]) {
      const gate = new Gate()
      const error = { message: 'out of memory', type: 'server_error', param: null, code: 'oom' }
      house.host.on(CHAT, [waitFor(gate), json({ error }, { status })])
      const answer = await house.hearth.open(CHAT, streamingChat())
      const waited = await answer.upTo(KEEP_ALIVE)
      gate.open()
      const stream = (waited + (await answer.rest())).replaceAll(KEEP_ALIVE, '')
      assert.equal(stream, `data: ${JSON.stringify({ error })}\n\n${DONE}`, String(status))
    }
  })

  test('a request that wants no stream never gets keep-alive comments', async () => {
    await using house = await House.start({ settings: { 'relay.keepalive_ms': 10 } })
    const gate = new Gate()
    house.host.on(CHAT, [waitFor(gate), json({ choices: [] })])
    const answering = house.hearth.post(CHAT, chat())
    await house.received(CHAT)
    setTimeout(() => gate.open(), 60)
    assert.equal((await answering).text, '{"choices":[]}')
  })
})

suite('a stream that breaks', () => {
  test('by silence longer than idle_timeout_ms ends in an error event before [DONE]', async () => {
    await using house = await House.start({ settings: { 'relay.idle_timeout_ms': 60 } })
    house.host.on(CHAT, [eventStreamHead(), body(HI), stall()])
    const answer = await house.hearth.post(CHAT, streamingChat())
    assert.equal(answer.status, 200)
    assertEndsInError(answer.text, HI, 'answer_stalled')
    await (await house.received(CHAT)).clientClosed()
  })

  test('by silence after the headers ends in an error event too', async () => {
    await using house = await House.start({ settings: { 'relay.first_byte_timeout_ms': 60 } })
    house.host.on(CHAT, [eventStreamHead(), stall()])
    const answer = await house.hearth.post(CHAT, streamingChat())
    assertEndsInError(answer.text, '', 'first_byte_timeout')
  })

  for (const [how, cut] of Object.entries({ 'a reset': reset(), 'a clean end of the connection': end() })) {
    test(`by ${how} ends in an error event, and the cut event is left out`, async () => {
      await using house = await House.start()
      const gate = new Gate()
      house.host.on(CHAT, [eventStreamHead(), body(HI + 'data: {"choices":[{"del'), waitFor(gate), cut])
      const answer = await house.hearth.open(CHAT, streamingChat())
      const begun = await answer.upTo(HI)
      gate.open()
      assertEndsInError(begun + (await answer.rest()), HI, 'answer_cut')
    })
  }

  test('by ending without finish reason and [DONE] ends in an error event', async () => {
    await using house = await House.start()
    house.host.on(CHAT, eventStream(HI, chatChunk(' there')))
    const answer = await house.hearth.post(CHAT, streamingChat())
    const error = assertEndsInError(answer.text, HI + chatChunk(' there'), 'answer_cut')
    assert.match(error.message, /without a finish reason/)
    house.host.on(CHAT, eventStream())
    assertEndsInError((await house.hearth.post(CHAT, streamingChat())).text, '', 'answer_cut')
  })

  test('inside a line of megabytes separates the error event from what was sent', async () => {
    await using house = await House.start()
    const begun = `data: {"choices":[{"delta":{"content":"${'x'.repeat(300_000)}`
    house.host.on(CHAT, [eventStreamHead(), body(begun), end()])
    const answer = await house.hearth.post(CHAT, streamingChat())
    assertEndsInError(answer.text, `${begun}\n\n`, 'answer_cut')
  })

  test('after its finish reason is whole: [DONE] is added once and no error', async () => {
    await using house = await House.start()
    for (const last of [finish(), end(), reset()]) {
      const gate = new Gate()
      house.host.on(CHAT, [eventStreamHead(), body(HI + finishChunk('length')), waitFor(gate), last])
      const answer = await house.hearth.open(CHAT, streamingChat())
      const begun = await answer.upTo(finishChunk('length'))
      gate.open()
      assert.equal(begun + (await answer.rest()), HI + finishChunk('length') + DONE)
    }
  })

  test('after [DONE] is whole, whatever the host does then', async () => {
    await using house = await House.start()
    for (const after of [[end()], [reset()], [body(HI), finish()], [stall()]]) {
      house.host.on(CHAT, [eventStreamHead(), body(HI + DONE), ...after])
      assert.equal((await house.hearth.post(CHAT, streamingChat())).text, HI + DONE)
    }
  })

  test('with an error of the host keeps that error and adds only [DONE]', async () => {
    await using house = await House.start()
    const error = 'data: {"error":{"message":"CUDA out of memory","type":"server_error","code":null}}\n\n'
    for (const last of [finish(), end()]) {
      house.host.on(CHAT, [eventStreamHead(), body(HI + error), last])
      assert.equal((await house.hearth.post(CHAT, streamingChat())).text, HI + error + DONE)
    }
  })
})
