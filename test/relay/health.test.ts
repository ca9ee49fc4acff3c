import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { body, end, eventStream, eventStreamHead, json, reset, type Step } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { chatChunk, DONE } from '../fakes/sse.ts'
import { TestApp } from '../harness/test-app.ts'
import { CHAT, chat, House, streamingChat } from './house.ts'

interface Status {
  hosts: { id: string; state: string; last_error: { message: string } | null }[]
}

async function stateOf(hearth: TestApp): Promise<Status['hosts'][number]> {
  return (await hearth.request('/api/status')).json<Status>().hosts[0]!
}

const CUT: readonly Step[] = [eventStreamHead(), body(chatChunk('Hi')), end()]
const FAULTS: Record<string, { steps: readonly Step[]; request: object; message: RegExp }> = {
  'a cut stream': { steps: CUT, request: streamingChat(), message: /not complete/ },
  'an answer 500': { steps: [json({}, { status: 500 })], request: chat(), message: /answered 500/ },
  'an answer 503': { steps: [json({}, { status: 503 })], request: chat(), message: /answered 503/ },
  'JSON instead of a stream': {
    steps: [json({})],
    request: streamingChat(),
    message: /instead of text\/event-stream/,
  },
}

suite('a host is called down', () => {
  test('at once when no connection can be made', async () => {
    await using house = await House.start()
    assert.equal((await stateOf(house.hearth)).state, 'ok')
    await house.host.stop()
    await house.hearth.post(CHAT, chat())
    assert.equal((await stateOf(house.hearth)).state, 'down')
  })

  for (const [what, { steps, request, message }] of Object.entries(FAULTS)) {
    test(`after ${what} five times in a row, not before`, async () => {
      await using house = await House.start()
      house.host.on(CHAT, steps)
      for (let fault = 1; fault <= 5; fault++) {
        assert.equal((await stateOf(house.hearth)).state, 'ok', `after ${fault - 1} faults`)
        await house.hearth.unchecked(CHAT, { method: 'POST', body: request })
      }
      const { state, last_error: lastError } = await stateOf(house.hearth)
      assert.equal(state, 'down')
      assert.match(lastError!.message, message)
    })
  }

  test('after five stalls in a row', async () => {
    await using house = await House.start({ settings: { 'relay.idle_timeout_ms': 20 } })
    house.host.on(CHAT, [
      eventStreamHead(),
      body(chatChunk('Hi')),
      ({ connection }) => connection.closed.then(() => undefined),
    ])
    for (let fault = 1; fault <= 5; fault++) await house.hearth.post(CHAT, streamingChat())
    assert.equal((await stateOf(house.hearth)).state, 'down')
  })

  test('not while answers in order come between the faults', async () => {
    await using house = await House.start()
    const refusal = { error: { message: 'no', type: 't', param: null, code: 'c' } }
    for (let round = 0; round < 3; round++) {
      house.host.on(CHAT, CUT)
      for (let fault = 1; fault <= 4; fault++) await house.hearth.post(CHAT, streamingChat())
      assert.equal((await stateOf(house.hearth)).state, 'ok', `in round ${round}`)
      house.host.on(CHAT, [json(refusal, { status: round === 1 ? 429 : 400 })])
      await house.hearth.post(CHAT, chat())
    }
    assert.equal((await stateOf(house.hearth)).state, 'ok')
  })

  test('not because it refuses what callers ask', async () => {
    await using house = await House.start()
    for (const status of [400, 401, 404, 429]) {
      house.host.on(CHAT, [json({}, { status })])
      for (let round = 0; round < 6; round++)
        await house.hearth.unchecked(CHAT, { method: 'POST', body: chat() })
    }
    assert.equal((await stateOf(house.hearth)).state, 'ok')
  })
})

suite('a host that is down', () => {
  test('is not asked while another can answer', async () => {
    await using bad = await ScriptedHost.start({ models: ['m1'] })
    await using good = await ScriptedHost.start({ models: ['m1'] })
    await using hearth = await TestApp.start({ hosts: [bad.url, good.url] })
    bad.on(CHAT, CUT)
    good.on(CHAT, eventStream(DONE))
    for (let fault = 1; fault <= 5; fault++) await hearth.post(CHAT, streamingChat())
    const asked = bad.requests.length
    for (let round = 0; round < 3; round++)
      assert.equal((await hearth.post(CHAT, streamingChat())).text, DONE)
    assert.equal(bad.requests.length, asked)
  })

  test('is tried by the request itself when every host of the model is down', async () => {
    await using house = await House.start()
    house.host.on(CHAT, CUT)
    for (let fault = 1; fault <= 5; fault++) await house.hearth.post(CHAT, streamingChat())
    assert.equal((await stateOf(house.hearth)).state, 'down')
    house.host.on(CHAT, eventStream(chatChunk('Hi'), DONE))
    assert.equal((await house.hearth.post(CHAT, streamingChat())).text, chatChunk('Hi') + DONE)
    assert.equal((await stateOf(house.hearth)).state, 'ok')
  })

  test('of all hosts that are down, each is tried', async () => {
    await using first = await ScriptedHost.start({ models: ['m1'] })
    await using second = await ScriptedHost.start({ models: ['m1'] })
    await using hearth = await TestApp.start({ hosts: [first.url, second.url] })
    await first.stop()
    await second.stop()
    await hearth.post(CHAT, chat())
    second.on(CHAT, [json({ choices: [] })])
    await second.startAgain()
    assert.equal((await hearth.post(CHAT, chat())).status, 200)
  })
})

suite('a kept connection', () => {
  test('that the host closed in the meantime costs the caller nothing', async () => {
    await using house = await House.start()
    let round = 0
    house.host.on(CHAT, () => (++round % 2 === 1 ? [json({ choices: [] })] : [reset()]))
    assert.equal((await house.hearth.post(CHAT, chat())).status, 200)
    // The second try meets the reset on the kept connection, the third is made on a new one.
    assert.equal((await house.hearth.post(CHAT, chat())).status, 200)
    assert.equal((await stateOf(house.hearth)).state, 'ok')
    assert.equal(round, 3)
  })
})
