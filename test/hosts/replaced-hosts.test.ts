import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Gate } from '../fakes/gate.ts'
import { body, eventStreamHead, finish, json, waitFor, type Script } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { chatChunk, DONE } from '../fakes/sse.ts'
import { RelayHouse } from '../harness/relay-house.ts'
import { until } from '../harness/until.ts'
import { CHAT, chat, streamingChat } from '../relay/house.ts'

const { host: hostAt } = RelayHouse

const start = (...models: string[]): Promise<ScriptedHost> => ScriptedHost.start({ models })
const answering = (who: string): Script => [json({ choices: [{ message: { content: who } }] })]
const chatsAt = (host: ScriptedHost): number => host.requests.filter(({ path }) => path === CHAT).length

/** Who answered, or the code of the error. */
async function answerOf(response: Response): Promise<string> {
  const answer = (await response.json()) as {
    choices?: [{ message: { content: string } }]
    error?: { code: string }
  }
  return answer.choices?.[0].message.content ?? answer.error!.code
}

suite('when the hosts are replaced', () => {
  test('a removed one is chosen no more and a new one at once', async () => {
    await using hosts = await pair()
    const [a, b] = hosts
    await using house = await RelayHouse.start([hostAt(a.url)])
    assert.equal(await answerOf(await house.post(CHAT, chat())), 'a')
    house.hosts.replace([hostAt(b.url)])
    // The new one was not even asked for its models yet.
    assert.equal(await answerOf(await house.post(CHAT, chat())), 'b')
    assert.equal(chatsAt(a), 1)
    assert.deepEqual(
      house.removed.map(({ id }) => id),
      [a.url],
    )
  })

  test('a stream over the removed one goes on to its end, and its connections close after it', async () => {
    await using hosts = await pair()
    const [a, b] = hosts
    const gate = new Gate()
    const stream = [body(chatChunk('one')), waitFor(gate), body(chatChunk('two')), body(DONE), finish()]
    a.on(CHAT, [eventStreamHead(), ...stream])
    await using house = await RelayHouse.start([hostAt(a.url)])
    const response = await house.post(CHAT, streamingChat())
    house.hosts.replace([hostAt(b.url)])
    assert.equal(await answerOf(await house.post(CHAT, chat())), 'b')
    assert.equal(a.openSockets, 1)
    gate.open()
    assert.equal(await response.text(), chatChunk('one') + chatChunk('two') + DONE)
    await a.until(() => a.openSockets === 0, 'the connections to the removed host to close')
  })

  test('one that stays keeps its health, its models and its connections', async () => {
    await using hosts = await pair()
    const [a, b] = hosts
    const first = hostAt(a.url)
    await using house = await RelayHouse.start([first])
    const asked = a.requests.length
    house.hosts.replace([hostAt(b.url), hostAt(a.url)])
    assert.equal(house.hosts.all[1], first)
    await until('the new one to be asked', () => house.hosts.all[0]!.hasModel('m1'))
    assert.equal(await answerOf(await house.post(CHAT, chat())), 'b')
    house.hosts.replace([hostAt(a.url)])
    assert.equal(await answerOf(await house.post(CHAT, chat())), 'a')
    assert.equal(a.requests.length, asked + 1)
    assert.equal(a.acceptedSockets, 1)
  })

  test('one whose settings changed goes on with what is known, and its slots count over', async () => {
    await using a = await start('m1')
    const gate = new Gate()
    a.on(CHAT, [waitFor(gate), ...(answering('a') as [])])
    await using house = await RelayHouse.start([hostAt(a.url, { slots: 1 })])
    const [held, waiting] = [house.post(CHAT, chat()), house.post(CHAT, chat())]
    await until('one to wait', () => house.grants.waiting === 1)
    house.hosts.replace([hostAt(a.url, { slots: 2 })])
    assert.equal(house.hosts.all[0]!.health.state, 'ok')
    assert.ok(house.hosts.all[0]!.hasModel('m1'))
    // Who waited looks for a host once more and finds the same one with another slot.
    await until('both to be at the host', () => chatsAt(a) === 2)
    gate.open()
    for (const answer of await Promise.all([held, waiting])) assert.equal(await answerOf(answer), 'a')
  })

  test('one with another key is asked anew, because it may show other models', async () => {
    await using a = await start('m1')
    await using house = await RelayHouse.start([hostAt(a.url, { key: 'old' })])
    a.on('/v1/models', (exchange) => [
      exchange.headers.authorization === 'Bearer new' ? json({ data: ['m2'] }) : json({}, { status: 401 }),
    ])
    house.hosts.replace([hostAt(a.url, { key: 'new' })])
    assert.ok(!house.hosts.all[0]!.hasModel('m1'))
    await until('its models to be known', () => house.hosts.all[0]!.hasModel('m2'))
  })

  test('who waits for a removed one moves to another that has the model', async () => {
    await using hosts = await pair()
    const [a, b] = hosts
    const gate = new Gate()
    a.on(CHAT, [waitFor(gate), ...(answering('a') as [])])
    await using house = await RelayHouse.start([hostAt(a.url, { slots: 1 })])
    const held = house.post(CHAT, chat())
    await until('the slot to be taken', () => chatsAt(a) === 1)
    const waiting = [house.post(CHAT, chat()), house.post(CHAT, chat())]
    await until('two to wait', () => house.grants.waiting === 2)
    house.hosts.replace([hostAt(b.url)])
    for (const answer of await Promise.all(waiting)) assert.equal(await answerOf(answer), 'b')
    gate.open()
    assert.equal(await answerOf(await held), 'a')
  })

  test('who waits for a removed one is told when nobody else has the model', async () => {
    await using a = await start('m1')
    await using b = await start('m2')
    const gate = new Gate()
    a.on(CHAT, [waitFor(gate), ...(answering('a') as [])])
    await using house = await RelayHouse.start([hostAt(a.url, { slots: 1 })])
    const held = house.post(CHAT, chat())
    await until('the slot to be taken', () => chatsAt(a) === 1)
    const waiting = house.post(CHAT, chat())
    await until('one to wait', () => house.grants.waiting === 1)
    house.hosts.replace([hostAt(b.url)])
    assert.equal(await answerOf(await waiting), 'model_not_found')
    gate.open()
    assert.equal(await answerOf(await held), 'a')
  })

  test('over and over under traffic, no stream is cut and no request is lost', async () => {
    await using hosts = await pair()
    const [a, b] = hosts
    for (const host of [a, b]) {
      host.on(CHAT, [
        eventStreamHead(),
        ...Array.from({ length: 20 }, (_, at) => body(chatChunk(`${at} `))),
        body(DONE),
        finish(),
      ])
    }
    await using house = await RelayHouse.start([hostAt(a.url)])
    let isOver = false
    const whole: boolean[] = []
    const caller = async (): Promise<void> => {
      while (!isOver) {
        const response = await house.post(CHAT, streamingChat())
        const text = await response.text()
        whole.push(response.status === 200 && text.endsWith(`${chatChunk('19 ')}${DONE}`))
      }
    }
    const callers = Array.from({ length: 8 }, caller)
    for (let round = 0; round < 40; round++) {
      const before = whole.length
      const lists = [[b.url], [a.url, b.url], [b.url, a.url], [a.url]]
      house.hosts.replace(lists[round % 4]!.map((url) => hostAt(url)))
      await until('more answers', () => whole.length >= before + 8)
    }
    isOver = true
    await Promise.all(callers)
    assert.ok(whole.length >= 320)
    assert.ok(
      whole.every((one) => one),
      `${whole.filter((one) => !one).length} of ${whole.length} answers were not whole`,
    )
    assert.ok(chatsAt(a) > 20 && chatsAt(b) > 20)
  })
})

async function pair(): Promise<[ScriptedHost, ScriptedHost] & AsyncDisposable> {
  const [a, b] = [await start('m1'), await start('m1')]
  a.on(CHAT, answering('a'))
  b.on(CHAT, answering('b'))
  return Object.assign([a, b] as [ScriptedHost, ScriptedHost], {
    [Symbol.asyncDispose]: async () => {
      await a[Symbol.asyncDispose]()
      await b[Symbol.asyncDispose]()
    },
  })
}
