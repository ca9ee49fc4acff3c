import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { Gate } from '../fakes/gate.ts'
import { json, waitFor } from '../fakes/script.ts'
import { until } from '../harness/until.ts'
import { assertError, CHAT, chat, House } from './house.ts'

interface Status {
  requests: { active: number; waiting: number }
}

async function requestsOf(house: House): Promise<Status['requests']> {
  return (await house.hearth.request('/api/status')).json<Status>().requests
}

function chatsAt(house: House): number {
  return house.host.requests.filter(({ path }) => path === CHAT).length
}

suite('the connections to a host', () => {
  test('are at most 100, and at most 20 of them stay when they have nothing to do', async () => {
    await using house = await House.start({ host: { slots: 1000 } })
    const gate = new Gate()
    house.host.on(CHAT, [waitFor(gate), json({ choices: [] })])
    const answers = Array.from({ length: 130 }, () => house.hearth.post(CHAT, chat()))
    await until('130 requests at work', async () => (await requestsOf(house)).active === 130)
    await house.host.until(() => chatsAt(house) === 100, '100 requests to arrive')
    assert.equal(house.host.openSockets, 100)
    gate.open()
    for (const answer of await Promise.all(answers)) assert.equal(answer.status, 200)
    assert.equal(chatsAt(house), 130)
    // Sooner than idle connections time out by themselves.
    await until('all but 20 to be closed', () => house.host.openSockets === 20, 2_000)
    assert.ok(house.host.acceptedSockets <= 101, `${house.host.acceptedSockets} connections were made`)
  })

  test('are used again, the one used last first', async () => {
    await using house = await House.start()
    const gates = [new Gate(), new Gate()]
    let at = 0
    house.host.on(CHAT, () => [...(at < 2 ? [waitFor(gates[at++]!)] : []), json({ choices: [] })])
    const slow = [house.hearth.post(CHAT, chat()), house.hearth.post(CHAT, chat())]
    const [first, second] = [await house.received(CHAT, 0), await house.received(CHAT, 1)]
    gates[1]!.open()
    await Promise.race(slow)
    gates[0]!.open()
    await Promise.all(slow)
    assert.notEqual(first.connection, second.connection)
    for (let round = 2; round < 6; round++) {
      await house.hearth.post(CHAT, chat())
      assert.equal((await house.received(CHAT, round)).connection, first.connection)
    }
    assert.equal(house.host.acceptedSockets, 2)
  })
})

suite('the slots of a host', () => {
  test('are never more than it was given, and who waits is served first come, first served', async () => {
    await using house = await House.start({ host: { slots: 1 } })
    const gates = Array.from({ length: 6 }, () => new Gate())
    let at = 0
    house.host.on(CHAT, () => [waitFor(gates[at++]!), json({ choices: [] })])
    const answers = []
    for (let number = 0; number < gates.length; number++) {
      answers.push(house.hearth.post(CHAT, chat({ seed: number })))
      await until(`request ${number} to stand in line`, async () => {
        const { active, waiting } = await requestsOf(house)
        return active + waiting === number + 1
      })
    }
    for (const [number, gate] of gates.entries()) {
      await house.host.until(() => chatsAt(house) === number + 1, `request ${number} to arrive alone`)
      assert.equal((await requestsOf(house)).active, 1)
      gate.open()
    }
    await Promise.all(answers)
    const order = house.host.requests
      .filter(({ path }) => path === CHAT)
      .map((sent) => (sent.json() as { seed: number }).seed)
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5])
    assert.deepEqual(await requestsOf(house), { active: 0, waiting: 0 })
  })

  test('are given back after every kind of end', async () => {
    await using house = await House.start({ host: { slots: 1 } })
    for (const status of [200, 400, 500, 503]) {
      house.host.on(CHAT, [json({ choices: [] }, { status })])
      assert.equal((await house.hearth.unchecked(CHAT, { method: 'POST', body: chat() })).status, status)
    }
    await house.host.stop()
    assertError(await house.hearth.post(CHAT, chat()), 503, 'host_unavailable')
    assert.deepEqual(await requestsOf(house), { active: 0, waiting: 0 })
  })

  test('have a line of 256; whoever comes then is 429 and told when to come again', async () => {
    await using house = await House.start({ host: { slots: 1 } })
    const gate = new Gate()
    house.host.on(CHAT, [waitFor(gate), json({ choices: [] })])
    const inLine = Array.from({ length: 257 }, () => house.hearth.post(CHAT, chat()))
    await until('256 to wait', async () => (await requestsOf(house)).waiting === 256)
    const answer = await house.hearth.post(CHAT, chat())
    assert.equal(assertError(answer, 429, 'queue_full').type, 'rate_limit_error')
    assert.equal(answer.headers['retry-after'], '5')
    gate.open()
    for (const served of await Promise.all(inLine)) assert.equal(served.status, 200)
    assert.equal((await house.hearth.post(CHAT, chat())).status, 200)
  })
})
