import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { systemClock } from '#base/time'
import { EngineMemory } from '#hosts/kinds/engine-memory'
import { probeHost, type HostFacts } from '#hosts/probe-host'
import { FixtureServer, readFixture, type FixtureAnswer } from '../fakes/model-servers/fixture-server.ts'
import { body, head, json, stall } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { HostPool } from '#platform/fetch/index'

const FAILED: FixtureAnswer = { status: 500, headers: {}, body: { error: 'out of order' } }
const HTML: FixtureAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  text: '<!doctype html><title>Sign in</title>',
}

async function probeWith(name: string, answers: Record<string, unknown>): Promise<HostFacts> {
  await using fake = await FixtureServer.start(name)
  for (const [question, answer] of Object.entries(answers))
    fake.answers[question] = isAnswer(answer) ? answer : { status: 200, headers: {}, body: answer }
  return await probeHost(fake.target, { clock: systemClock, memory: new EngineMemory() })
}

const isAnswer = (value: unknown): value is FixtureAnswer => value === FAILED || value === HTML

/** The questions of a server's own API in its fixture. */
const ownApi = (name: string): string[] =>
  Object.keys(readFixture(name).answers).filter((question) => question !== 'GET /v1/models')

const JUNK: readonly unknown[] = [
  null,
  0,
  'text',
  true,
  [],
  {},
  [[]],
  { models: 'x', data: 'x' },
  { models: [null, 1, [], {}], data: [null, 1, [], {}] },
  { models: [{ key: 7, name: 7, model: {}, id: [] }], data: [{ id: 7 }], version: 7, build_info: 7 },
  { version: 'x'.repeat(10_000), build_info: 'x'.repeat(10_000), total_slots: -1 },
  {
    version: '1\n2',
    capabilities: { tools: true },
    model_info: [],
    default_generation_settings: { n_ctx: 'x' },
  },
  {
    models: [
      {
        key: 'k',
        name: 'k',
        digest: {},
        details: [],
        size: 1e300,
        loaded_instances: [{ id: {}, config: { context_length: 1e400 } }],
        capabilities: [[['tools']]],
        max_context_length: Number.MAX_VALUE,
      },
    ],
  },
]

suite('where a server’s own API is', () => {
  for (const name of ['lm-studio-v1', 'lm-studio-v0', 'ollama', 'llama-cpp', 'llama-cpp-router', 'vllm']) {
    test(`out of order or a page for people, the list of ${readFixture(name).server} stands alone`, async () => {
      const whole = await probeWith(name, {})
      for (const answer of [FAILED, HTML]) {
        const broken = Object.fromEntries(ownApi(name).map((question) => [question, answer]))
        const facts = await probeWith(name, broken)
        assert.equal(facts.engine, 'other')
        assert.deepEqual(
          facts.models.map(({ id }) => id),
          whole.models.map(({ id }) => id),
        )
      }
    })

    test(`nonsense, ${readFixture(name).server} is still up with what it lists`, async () => {
      const listed = (await probeWith(name, {})).models.map(({ id }) => id)
      for (const junk of JUNK) {
        for (const question of ownApi(name)) {
          const facts = await probeWith(name, { [question]: junk })
          assert.deepEqual(
            facts.models.map(({ id }) => id),
            listed,
          )
          for (const { contextWindow = 1, sizeBytes = 1 } of facts.models)
            assert.ok(Number.isSafeInteger(contextWindow) && Number.isSafeInteger(sizeBytes))
        }
      }
    })
  }

  test('missing after it was known, the next probe looks for what stands there now', async () => {
    await using fake = await FixtureServer.start('ollama')
    const memory = new EngineMemory()
    const probe = async () => (await probeHost(fake.target, { clock: systemClock, memory })).engine
    assert.equal(await probe(), 'ollama')
    const working = fake.answers
    fake.answers = { ...working, 'GET /api/version': FAILED }
    assert.equal(await probe(), 'other')
    fake.answers = working
    assert.equal(await probe(), 'ollama')
    fake.answers = { ...readFixture('lm-studio-v1').answers }
    assert.equal(await probe(), 'lm-studio')
  })
})

suite('where the model list is', () => {
  test('missing, a server whose own API answers is up with the models it names there', async () => {
    const facts = await probeWith('ollama', { 'GET /v1/models': { nothing: 'here' } })
    assert.equal(facts.engine, 'ollama')
    assert.equal(facts.models.length, 4)
    assert.equal(facts.models[0]!.contextWindow, 4096)
  })

  test('empty, the host is up and has nothing', async () => {
    for (const list of [{ object: 'list', data: [] }, { object: 'list', data: null }, []]) {
      const facts = await probeWith('ollama', { 'GET /v1/models': list, 'GET /api/tags': { models: null } })
      assert.deepEqual([facts.engine, facts.models], ['ollama', []])
    }
  })

  test('out of order, the probe fails and nothing else is asked', async () => {
    await using fake = await FixtureServer.start('ollama')
    fake.answers['GET /v1/models'] = FAILED
    const options = { clock: systemClock, memory: new EngineMemory() }
    await assert.rejects(probeHost(fake.target, options), { code: 'host_probe_failed' })
    assert.deepEqual(fake.asked, ['GET /v1/models'])
  })

  test('huge, only so many models and fields are taken', async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`field${at}`, at]))
    const data = Array.from({ length: 5_000 }, (_, at) => ({ id: `m${at}`, ...(at === 0 ? many : {}) }))
    const { models } = await probeWith('other', { 'GET /v1/models': { data } })
    assert.equal(models.length, 2_000)
    assert.ok(Object.keys(models[0]!.fields).length <= 101)
  })

  test('nested, long or named like parts of objects, only plain fields are taken', async () => {
    const text = `{"data":[{"id":"a","deep":${'['.repeat(50_000)}${']'.repeat(50_000)},"__proto__":["x"],
      "long":"${'x'.repeat(2_000)}","list":[1,[2]],"plain":[1,"b"],"constructor":"c"},
      {"id":"__proto__"},{"id":"b\\u0000"},{"id":"${'x'.repeat(300)}"}]}`
    await using fake = await FixtureServer.start('other')
    fake.answers['GET /v1/models'] = { status: 200, headers: {}, text }
    const { models } = await probeHost(fake.target, { clock: systemClock, memory: new EngineMemory() })
    const fields: object[] = models.map((model) => ({ ...model.fields }))
    assert.deepEqual(fields, [
      { plain: [1, 'b'], constructor: 'c', id: 'a' },
      { id: '__proto__' },
    ] as object[])
    assert.equal(({} as Record<string, unknown>).x, undefined)
  })
})

suite('a server that hangs', () => {
  const probe = async (host: ScriptedHost): Promise<{ facts: HostFacts; tookMs: number }> => {
    const pool = new HostPool({ origin: host.url })
    const startedAt = performance.now()
    try {
      const facts = await probeHost(
        { pool, basePath: '', authorization: undefined },
        { clock: systemClock, memory: new EngineMemory() },
      )
      return { facts, tookMs: performance.now() - startedAt }
    } finally {
      await pool.close()
    }
  }

  test('in its own API costs one wait, and its list stands', async () => {
    await using host = await ScriptedHost.start({ models: ['m1'] })
    for (const path of ['/api/v1/models', '/api/v0/models', '/api/version', '/props'])
      host.on(path, [stall()])
    const { facts, tookMs } = await probe(host)
    assert.deepEqual(
      facts.models.map(({ id }) => id),
      ['m1'],
    )
    assert.equal(host.requests.length, 2)
    assert.ok(tookMs < 4_000, `it took ${tookMs} ms`)
  })

  test('in its own API once it is known is still what it was', async () => {
    await using host = await ScriptedHost.start({ models: [] })
    const { answers } = readFixture('lm-studio-v1')
    const own = json(answers['GET /api/v1/models']!.body)
    host.on('/v1/models', [json(answers['GET /v1/models']!.body)])
    host.on('/api/v1/models', [own])
    const pool = new HostPool({ origin: host.url })
    const options = { clock: systemClock, memory: new EngineMemory() }
    const target = { pool, basePath: '', authorization: undefined }
    const first = await probeHost(target, options)
    host.on('/api/v1/models', [stall()])
    assert.deepEqual(await probeHost(target, options), first)
    await pool.close()
  })

  test('or drips an endless answer, is no longer read after a while', async () => {
    await using host = await ScriptedHost.start({ models: ['m1'] })
    host.on('/api/v1/models', [
      head(),
      async (exchange) => {
        // Ends when the connection does.
        for (;;) {
          await body(' ')(exchange)
          await setTimeout(50)
        }
      },
    ])
    const { facts, tookMs } = await probe(host)
    assert.equal(facts.models.length, 1)
    assert.ok(tookMs < 4_000, `it took ${tookMs} ms`)
  })

  test('in one of many details keeps what came before', async () => {
    await using host = await ScriptedHost.start({ models: [] })
    const { answers } = readFixture('ollama')
    for (const path of ['/v1/models', '/api/version', '/api/tags', '/api/ps'])
      host.on(path, [json(answers[`GET ${path}`]!.body)])
    host.on('/api/show', (exchange) =>
      exchange.body.includes('llama3.2') ? [json(answers['POST /api/show llama3.2:3b']!.body)] : [stall()],
    )
    const { facts } = await probe(host)
    assert.equal(facts.engine, 'ollama')
    assert.equal(facts.models[0]!.capabilities.tools.answer, 'yes')
    assert.equal(facts.models[1]!.capabilities.tools.answer, 'unknown')
  })
})
