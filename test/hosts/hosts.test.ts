import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { NEED } from '#hosts/capabilities'
import { exchangeSmall, HostPool } from '#platform/fetch/index'
import { ManualClock } from '../contracts/manual-clock.ts'
import { FixtureServer } from '../fakes/model-servers/fixture-server.ts'
import { json } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { RelayHouse } from '../harness/relay-house.ts'
import { until } from '../harness/until.ts'
import { CHAT, chat } from '../relay/house.ts'

const { host: hostAt } = RelayHouse

suite('what is known of a host', () => {
  test('is its engine, version, models, slots and how it answered', async () => {
    await using server = await FixtureServer.start('llama-cpp')
    await using house = await RelayHouse.start([hostAt(server.url, { name: 'attic' })])
    const { latencyMs, probedAt, ...rest } = house.hosts.all[0]!.describe()
    assert.deepEqual(rest, {
      id: server.url,
      name: 'attic',
      kind: 'remote',
      discovered: false,
      engine: 'llama.cpp',
      version: 'b9199-39cf5d619',
      state: 'ok',
      models: ['Qwen3.5-9B-Q4_K_M.gguf'],
      loaded: ['Qwen3.5-9B-Q4_K_M.gguf'],
      slots: { count: 4, source: 'host' },
      lastError: undefined,
      failures: { total: 0, inARow: 0 },
    })
    assert.ok(latencyMs! > 0 && latencyMs! < 5_000)
    assert.ok(Math.abs(Date.now() - probedAt!) < 60_000)
  })

  test('has the slots of the configuration where it names some, and a default where nobody does', async () => {
    await using told = await FixtureServer.start('llama-cpp')
    await using silent = await FixtureServer.start('other')
    await using house = await RelayHouse.start([hostAt(told.url, { slots: 9 }), hostAt(silent.url)])
    assert.deepEqual(
      house.hosts.all.map((host) => host.describe().slots),
      [
        { count: 9, source: 'config' },
        { count: 64, source: 'default' },
        { count: 1, source: 'host' },
      ],
    )
  })

  test('counts its failures, and those in a row', async () => {
    await using host = await ScriptedHost.start({ models: ['m1'] })
    await using house = await RelayHouse.start([hostAt(host.url)])
    host.on(CHAT, [json({}, { status: 500 })])
    for (let fault = 0; fault < 2; fault++) await (await house.post(CHAT, chat())).text()
    assert.deepEqual(house.hosts.all[0]!.describe().failures, { total: 2, inARow: 2 })
    host.on(CHAT, [json({ choices: [] })])
    await (await house.post(CHAT, chat())).text()
    assert.deepEqual(house.hosts.all[0]!.describe().failures, { total: 2, inARow: 0 })
  })

  test('is up as soon as it has listed its models, though its own API hangs', async () => {
    await using host = await ScriptedHost.start({ models: ['m1'] })
    host.on('/api/v1/models', [(exchange) => exchange.connection.closed.then(() => undefined)])
    const slow = hostAt(host.url)
    await using house = await RelayHouse.start([])
    const startedAt = performance.now()
    house.hosts.replace([slow])
    const resolution = await house.hosts.resolveOrProbe('m1')
    assert.equal(resolution.kind, 'known')
    assert.ok(performance.now() - startedAt < 1_500)
    assert.equal(slow.health.state, 'ok')
  })
})

/** One exchange over a connection of its own. */
async function askOver(url: string): Promise<void> {
  const pool = new HostPool({ origin: url })
  await exchangeSmall(pool, { path: '/elsewhere', timeoutMs: 5_000 })
  await pool.close()
}

test('a host that is down is probed every 5 s, any other every 30 s', async () => {
  const clock = new ManualClock()
  await using host = await ScriptedHost.start({ models: ['m1'] })
  const remote = hostAt(host.url, { clock })
  await using house = await RelayHouse.start([remote], clock)
  const probes = (): number => host.requests.filter(({ path }) => path === '/v1/models').length
  clock.advance(29_000)
  await askOver(host.url)
  assert.equal(probes(), 1)
  clock.advance(1_000)
  await until('the second probe', () => probes() === 2)
  assert.equal(house.hosts.all[0], remote)
  await remote.probe()
  await host.stop()
  clock.advance(30_000)
  await until('it to be called down', () => remote.health.state === 'down')
  await host.startAgain()
  const before = probes()
  clock.advance(4_000)
  // A probe would have arrived with this.
  await askOver(host.url)
  assert.equal(probes(), before)
  clock.advance(1_000)
  await until('it to be up again', () => remote.health.state === 'ok')
})

suite('which host is chosen', () => {
  test('is the one that has the model in memory, where hosts say so', async () => {
    await using cold = await FixtureServer.start('ollama')
    await using warm = await FixtureServer.start('ollama')
    cold.answers['GET /api/ps'] = { status: 200, headers: {}, body: { models: [] } }
    const answer = { status: 200, headers: {}, body: { choices: [] } }
    for (const server of [cold, warm]) server.answers[`POST ${CHAT} llama3.2:3b`] = answer
    await using house = await RelayHouse.start([hostAt(cold.url), hostAt(warm.url)])
    await (await house.post(CHAT, chat({ model: 'llama3.2:3b' }))).text()
    assert.ok(warm.asked.includes(`POST ${CHAT}`))
    assert.ok(!cold.asked.includes(`POST ${CHAT}`))
  })

  test('follows what the hosts say now', async () => {
    await using host = await ScriptedHost.start({ models: ['m1'] })
    const remote = hostAt(host.url)
    await using house = await RelayHouse.start([remote])
    assert.equal(house.hosts.resolve('m1').kind, 'known')
    assert.equal(house.hosts.resolve('m2').kind, 'unknown')
    host.on('/v1/models', [json({ data: ['m2'] })])
    await remote.probe()
    assert.equal(house.hosts.resolve('m1').kind, 'unknown')
    assert.equal(house.hosts.resolve('m2').kind, 'known')
  })

  test('is the embedded engine for what it was given, as long as it has it', async () => {
    await using house = await RelayHouse.start([])
    const kind = (): string => house.hosts.resolve('tiny').kind
    assert.equal(kind(), 'unknown')
    house.engine.add({ id: 'tiny', path: '/nowhere/tiny.gguf' })
    assert.equal(kind(), 'known')
    assert.throws(() => house.hosts.resolve('tiny', NEED.tools), { code: 'capability_missing' })
    await house.engine.remove('tiny')
    assert.equal(kind(), 'unknown')
  })

  test('is found as fast with 500 models on three hosts as with one', async () => {
    const models = Array.from({ length: 500 }, (_, at) => `model-${at}`)
    await using a = await ScriptedHost.start({ models })
    await using b = await ScriptedHost.start({ models })
    await using c = await ScriptedHost.start({ models })
    await using few = await ScriptedHost.start({ models: ['model-499'] })
    await using large = await RelayHouse.start([a, b, c].map(({ url }) => hostAt(url)))
    await using small = await RelayHouse.start([few].map(({ url }) => hostAt(url)))
    const microseconds = (house: RelayHouse): number => {
      const times = Array.from({ length: 7 }, () => {
        const startedAt = performance.now()
        for (let round = 0; round < 2_000; round++) house.hosts.resolve('model-499', 1)
        return (performance.now() - startedAt) / 2
      })
      return Math.min(...times)
    }
    const [many, one] = [microseconds(large), microseconds(small)]
    assert.ok(many < one * 20 + 5, `${many} µs with many models, ${one} µs with one`)
    assert.equal(large.hosts.models().length, 500)
  })
})
