import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { test, type TestContext } from 'node:test'
import { silentLog, type Log } from '#platform/log/index'
import { ManualClock } from '../../test/contracts/manual-clock.ts'
import { body, flood, head, json, raw, stall } from '../../test/fakes/script.ts'
import { ScriptedHost } from '../../test/fakes/scripted-host.ts'
import { Discovery } from './discovery.ts'
import type { FoundHost } from './found-hosts.ts'

const ROUND_MS = 1_000
const MODELS = '/v1/models'
const LIMITS = {
  roundEveryMs: ROUND_MS,
  connectTimeoutMs: 200,
  answerTimeoutMs: 300,
  answerBytes: 20_000,
  missesUntilDropped: 3,
  declinedForMs: 5 * ROUND_MS,
}

interface Look {
  readonly discovery: Discovery
  /** What `onChange` was told, one entry a call. */
  readonly told: string[][]
  urls(): string[]
  nextRound(): Promise<void>
}

interface LookOptions {
  readonly taken?: () => readonly string[]
  readonly log?: Log
}

/** Discovery whose known ports are those of the hosts, after its first round. */
async function look(
  t: TestContext,
  hosts: readonly ScriptedHost[],
  options: LookOptions = {},
): Promise<Look> {
  const clock = new ManualClock()
  const told: string[][] = []
  const urlsOf = (found: readonly FoundHost[]): string[] => found.map(({ url }) => url)
  const discovery = new Discovery({
    mode: 'loopback',
    clock,
    log: options.log ?? silentLog,
    taken: options.taken ?? (() => []),
    onChange: (found) => told.push(urlsOf(found)),
    limits: LIMITS,
    ports: hosts.map(({ url }) => ({ port: Number(new URL(url).port), engine: 'scripted', onLan: false })),
    interfaces: () => ({}),
  })
  t.after(() => discovery.close())
  discovery.start()
  await discovery.round
  return {
    discovery,
    told,
    urls: () => urlsOf(discovery.found()),
    nextRound: async () => {
      await setImmediate()
      clock.advance(ROUND_MS)
      await setImmediate()
      await discovery.round
    },
  }
}

const host = (): Promise<ScriptedHost> => ScriptedHost.start({ models: ['m1'] })

test('a server that lists models is found and told of once', async (t) => {
  await using one = await host()
  await using two = await host()
  const { discovery, told, urls, nextRound } = await look(t, [one, two])
  assert.deepEqual(urls().sort(), [one.url, two.url].sort())
  await nextRound()
  assert.equal(told.length, 2)
  const [found] = discovery.found()
  assert.deepEqual(Object.keys(found!), ['url', 'via', 'firstSeenAt', 'lastSeenAt'])
  assert.equal(found!.via, 'loopback')
  assert.equal(found!.lastSeenAt - found!.firstSeenAt, ROUND_MS)
})

test('no key and no cookie is ever sent', async (t) => {
  await using one = await host()
  await look(t, [one])
  const [request] = one.requests
  assert.deepEqual(Object.keys(request!.headers).sort(), ['accept', 'connection', 'host'])
})

test('an answer that is no list of models makes no model server', async (t) => {
  const answers: Record<string, Parameters<ScriptedHost['on']>[1]> = {
    'a page': [json('<!doctype html>')],
    'an object': [json({ data: 'none' })],
    'a list of other things': [json({ object: 'list', data: [{ title: 'a' }] })],
    'an empty list of something': [json({ data: [] })],
    'a bare list': [json([{ id: 'm1' }])],
    'a key wanted': [json({ error: 'key' }, { status: 401 })],
    'a failure': [json({ object: 'list', data: [{ id: 'm1' }] }, { status: 500 })],
    'no HTTP': [raw('SSH-2.0-OpenSSH_9.2\r\n')],
  }
  for (const [what, script] of Object.entries(answers)) {
    await using one = await host()
    one.on(MODELS, script)
    const { urls } = await look(t, [one])
    assert.deepEqual(urls(), [], what)
  }
})

test('a model server without models is one: an empty list, or the null of Ollama', async (t) => {
  for (const data of [[], null]) {
    await using one = await host()
    one.on(MODELS, [json({ object: 'list', data })])
    assert.deepEqual((await look(t, [one])).urls(), [one.url])
  }
})

test('an old Ollama is known by its own list', async (t) => {
  await using one = await host()
  one.on(MODELS, [json({ error: 'not found' }, { status: 404 })])
  one.on('/api/tags', [json({ models: [{ name: 'llama3:8b' }] })])
  assert.deepEqual((await look(t, [one])).urls(), [one.url])
})

test('a Hearth is not found, whatever it lists', async (t) => {
  await using one = await host()
  one.on(MODELS, [
    json({ object: 'list', data: [{ id: 'm1' }] }, { headers: { 'x-hearth-instance': 'a'.repeat(32) } }),
  ])
  assert.deepEqual((await look(t, [one])).urls(), [])
})

test('a redirect is not followed', async (t) => {
  await using target = await host()
  await using one = await host()
  one.on(MODELS, [
    head({ status: 302, headers: { location: `${target.url}/v1/models` }, framing: { lengthBytes: 0 } }),
  ])
  assert.deepEqual((await look(t, [one])).urls(), [])
  assert.equal(target.acceptedSockets, 0)
})

test('a server that drips, stalls or floods costs a bounded time and is not found', async (t) => {
  const spellings = {
    drip: [
      head(),
      async (exchange: Parameters<ReturnType<typeof body>>[0]) => {
        for (let count = 0; count < 100; count++) {
          await body(' ')(exchange)
          await new Promise((resolve) => setTimeout(resolve, 20))
        }
      },
    ],
    stall: [stall()],
    flood: [head(), flood(50_000_000)],
  }
  for (const [what, script] of Object.entries(spellings)) {
    await using one = await host()
    one.on(MODELS, script)
    const startedAtMs = performance.now()
    assert.deepEqual((await look(t, [one])).urls(), [], what)
    assert.ok(performance.now() - startedAtMs < 3_000, what)
  }
})

test('a configured host and this Hearth itself are not even asked', async (t) => {
  await using one = await host()
  const { port } = new URL(one.url)
  for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
    const { urls } = await look(t, [one], { taken: () => [`http://${name}:${port}/v1`] })
    assert.deepEqual(urls(), [])
  }
  assert.equal(one.acceptedSockets, 0)
})

test('a found host that is configured later is found no more', async (t) => {
  await using one = await host()
  const taken: string[] = []
  const { told, urls, nextRound } = await look(t, [one], { taken: () => taken })
  assert.deepEqual(urls(), [one.url])
  taken.push(one.url)
  await nextRound()
  assert.deepEqual(told, [[one.url], []])
})

test('a host that is away for some rounds is dropped, and found again when it returns', async (t) => {
  await using one = await host()
  const { told, urls, nextRound } = await look(t, [one])
  await one.stop()
  await nextRound()
  await nextRound()
  assert.deepEqual(urls(), [one.url])
  await nextRound()
  assert.deepEqual(urls(), [])
  await one.startAgain()
  await nextRound()
  assert.deepEqual(urls(), [one.url])
  assert.deepEqual(told, [[one.url], [], [one.url]])
})

test('a host that misses a round now and then is kept', async (t) => {
  await using one = await host()
  const { told, nextRound } = await look(t, [one])
  for (let times = 0; times < 3; times++) {
    await one.stop()
    await nextRound()
    await nextRound()
    await one.startAgain()
    await nextRound()
  }
  assert.equal(told.length, 1)
})

test('whoever answered and is no model server is left alone for a while', async (t) => {
  await using one = await host()
  one.on(MODELS, [json({ error: 'key' }, { status: 401 })])
  const { urls, nextRound } = await look(t, [one])
  for (let rounds = 0; rounds < 4; rounds++) await nextRound()
  assert.equal(one.requests.length, 1)
  one.on(MODELS, [json({ object: 'list', data: [{ id: 'm1' }] })])
  await nextRound()
  assert.deepEqual(urls(), [one.url])
})

test('switched off, everything found is dropped and nobody is asked; switched on, it is found again', async (t) => {
  await using one = await host()
  const { discovery, told, urls, nextRound } = await look(t, [one])
  discovery.setMode('off')
  assert.deepEqual(urls(), [])
  const asked = one.requests.length
  await nextRound()
  assert.equal(one.requests.length, asked)
  discovery.setMode('loopback')
  await discovery.round
  assert.deepEqual(told, [[one.url], [], [one.url]])
})

test('each look leaves a line in the log, and finding one is worth telling', async (t) => {
  await using one = await host()
  const lines: unknown[] = []
  const log: Log = {
    ...silentLog,
    debug: (fields, message) => lines.push([message, fields]),
    info: (fields, message) => lines.push([message, fields]),
  }
  await look(t, [one], { log })
  assert.deepEqual(lines, [
    ['outbound pool opened', { url: one.url }],
    ['model server found', { url: one.url }],
  ])
})

test('closing in the middle of a look ends it', async (t) => {
  await using one = await host()
  one.on(MODELS, [stall()])
  const clock = new ManualClock()
  const discovery = new Discovery({
    mode: 'loopback',
    clock,
    log: silentLog,
    taken: () => [],
    onChange: () => assert.fail('nothing is there'),
    limits: { ...LIMITS, answerTimeoutMs: 60_000 },
    ports: [{ port: Number(new URL(one.url).port), engine: 'scripted', onLan: false }],
    interfaces: () => ({}),
  })
  t.after(() => discovery.close())
  discovery.start()
  await one.request()
  const startedAtMs = performance.now()
  await discovery.close()
  assert.ok(performance.now() - startedAtMs < 2_000)
})
