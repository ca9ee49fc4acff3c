import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import { systemClock } from '#base/time'
import { EmbeddedEngine } from '#engines/index'
import { answered, CAPABILITIES } from '#hosts/capabilities'
import { EngineMemory } from '#hosts/kinds/engine-memory'
import type { ModelFacts } from '#hosts/model-facts'
import { probeHost, type HostFacts } from '#hosts/probe-host'
import { HostPool, socketPool } from '#platform/fetch/index'
import { silentLog } from '#platform/log/index'
import { packageVersion } from '#platform/process/index'
import { ensureSelftestModel, SELFTEST_MODEL_ID } from '#selftest/index'
import { modelServerContract } from '../contracts/model-server-contract.ts'
import { tempFolder } from '../contracts/temp-folder.ts'
import { FixtureServer, readFixture } from '../fakes/model-servers/fixture-server.ts'
import { TestApp } from '../harness/test-app.ts'

const FIXTURES = globSync('*.json', { cwd: join(import.meta.dirname, '..', 'fixtures', 'hosts') }).map(
  (file) => basename(file, '.json'),
)

for (const name of FIXTURES) {
  const { server, engine } = readFixture(name)
  modelServerContract(`${server} (fixture)`, async (t) => {
    const fake = await FixtureServer.start(name)
    t.after(() => fake[Symbol.asyncDispose]())
    return { target: fake.target, engine }
  })
}

modelServerContract('the embedded engine’s own server', async (t) => {
  const folder = tempFolder()
  const path = join(folder, 'selftest.gguf')
  await ensureSelftestModel(path)
  const engine = new EmbeddedEngine({ socketDir: join(folder, 'run'), clock: systemClock, log: silentLog })
  t.after(() => engine.close())
  engine.add({ id: SELFTEST_MODEL_ID, path, selftest: true })
  const pool = socketPool((await engine.ready(SELFTEST_MODEL_ID, t.signal)).socketPath)
  t.after(() => pool.close())
  return { target: { pool, basePath: '', authorization: undefined }, engine: 'other' }
})

modelServerContract('a real Hearth', async (t) => {
  const hearth = await TestApp.start({ settings: { selftest: 'on' } })
  t.after(() => hearth[Symbol.asyncDispose]())
  return { target: targetOf(hearth, t), engine: 'hearth' }
})

function targetOf(hearth: TestApp, t: TestContext) {
  const pool = new HostPool({ origin: hearth.url })
  t.after(() => pool.close())
  return { pool, basePath: '', authorization: `Bearer ${hearth.adminKey}` }
}

/** What a probe says of the server of a fixture. */
async function factsOf(name: string): Promise<HostFacts> {
  await using fake = await FixtureServer.start(name)
  return await probeHost(fake.target, { clock: systemClock, memory: new EngineMemory() })
}

/** A model in one line: what it is, its context now and at most, and what it can and cannot do. */
function line(model: ModelFacts): string {
  const { id, state, type, contextWindow, maxContextWindow, capabilities } = model
  const can = answered(capabilities, 'yes').join(' ')
  const cannot = answered(capabilities, 'no').join(' ')
  return `${id} | ${state} ${type} | ${String(contextWindow)} of ${String(maxContextWindow)} | ${can} | not ${cannot}`
}

const ALL_BUT_EMBEDDINGS = CAPABILITIES.filter((name) => name !== 'embeddings').join(' ')

suite('what each server tells', () => {
  test('LM Studio with REST API v1', async () => {
    const { models, version, slots } = await factsOf('lm-studio-v1')
    assert.deepEqual([version, slots], [undefined, undefined])
    assert.deepEqual(models.map(line), [
      // Two instances are loaded; either may answer, so the shorter context counts.
      'qwen/qwen3.5-9b | loaded llm | 8192 of 262144 | chat completions tools json_schema | not logprobs vision',
      'google/gemma-3-4b | not-loaded vlm | 131072 of 131072 | chat completions vision json_schema | not logprobs',
      'coder | loaded llm | 8192 of 262144 | chat completions tools json_schema | not logprobs vision',
      `text-embedding-nomic-embed-text-v1.5 | not-loaded embeddings | 2048 of 2048 | embeddings | not ${ALL_BUT_EMBEDDINGS}`,
    ])
    const { arch, quantization, publisher, sizeBytes } = models[0]!
    assert.deepEqual([arch, quantization, publisher, sizeBytes], ['qwen35', 'Q4_K_M', 'qwen', 6_548_927_017])
  })

  test('LM Studio with REST API v0', async () => {
    assert.deepEqual((await factsOf('lm-studio-v0')).models.map(line), [
      'meta-llama-3.1-8b-instruct | loaded llm | 4096 of 131072 | chat completions tools json_schema | not logprobs vision',
      'qwen2-vl-7b-instruct | not-loaded vlm | 32768 of 32768 | chat completions vision json_schema | not logprobs',
      `text-embedding-nomic-embed-text-v1.5 | not-loaded embeddings | 2048 of 2048 | embeddings | not ${ALL_BUT_EMBEDDINGS}`,
    ])
  })

  test('Ollama', async () => {
    const { models, version } = await factsOf('ollama')
    assert.equal(version, '0.32.15')
    assert.deepEqual(models.map(line), [
      'llama3.2:3b | loaded llm | 4096 of 131072 | chat completions tools logprobs json_schema | not tool_choice vision',
      'qwen3-vl:8b | not-loaded vlm | 262144 of 262144 | chat completions tools logprobs vision json_schema | not tool_choice',
      `nomic-embed-text:latest | not-loaded embeddings | 2048 of 2048 | embeddings | not ${ALL_BUT_EMBEDDINGS}`,
      // Its Modelfile says with how much context it is loaded.
      'notes:latest | not-loaded llm | 8192 of 32768 | chat completions logprobs json_schema | not tools tool_choice vision',
    ])
  })

  test('an old Ollama, of which less is known', async () => {
    assert.deepEqual((await factsOf('ollama-old')).models.map(line), [
      'llama3.2:3b | loaded unknown | 131072 of 131072 | json_schema | not tool_choice logprobs',
      'nomic-embed-text:latest | not-loaded unknown | 2048 of 2048 | json_schema | not tool_choice logprobs',
    ])
  })

  test('llama.cpp', async () => {
    const { models, version, slots } = await factsOf('llama-cpp')
    assert.deepEqual([version, slots], ['b9199-39cf5d619', 4])
    assert.deepEqual(models.map(line), [
      'Qwen3.5-9B-Q4_K_M.gguf | loaded vlm | 16384 of 262144 | tools logprobs vision json_schema | not ',
    ])
  })

  test('an old llama.cpp, whose slots are counted and never read', async () => {
    const facts = await factsOf('llama-cpp-old')
    assert.equal(facts.slots, 2)
    assert.deepEqual(facts.models.map(line), [
      '../models/llama-3.1-8b.gguf | loaded unknown | 1024 of 131072 | logprobs json_schema | not ',
    ])
    assert.doesNotMatch(JSON.stringify(facts), /private/)
  })

  test('llama.cpp as a router, which must not load a model because it is looked at', async () => {
    await using fake = await FixtureServer.start('llama-cpp-router')
    const facts = await probeHost(fake.target, { clock: systemClock, memory: new EngineMemory() })
    assert.equal(facts.slots, undefined)
    assert.deepEqual(facts.models.map(line), [
      'ggml-org/gemma-3-4b-it-GGUF:Q4_K_M | loaded vlm | 4096 of 131072 | logprobs vision json_schema | not ',
      'Qwen3-8B-Q4_K_M | not-loaded unknown | undefined of undefined | logprobs json_schema | not ',
      'sleepy | not-loaded unknown | undefined of undefined | logprobs json_schema | not chat completions',
    ])
    const questions = fake.asked.filter((one) => one.includes('?'))
    assert.deepEqual(questions, ['GET /props?model=ggml-org%2Fgemma-3-4b-it-GGUF%3AQ4_K_M&autoload=false'])
  })

  test('vLLM', async () => {
    const { models, version } = await factsOf('vllm')
    assert.equal(version, '0.11.0')
    assert.deepEqual(models.map(line), [
      'Qwen/Qwen3-8B | loaded unknown | 40960 of 40960 | tool_choice logprobs json_schema | not ',
    ])
  })

  test('any other server, by its list alone', async () => {
    assert.deepEqual((await factsOf('other')).models.map(line), [
      'house-model | unknown unknown | 65536 of undefined |  | not ',
      'mistral-7b-instruct | unknown unknown | undefined of undefined |  | not ',
      'bare-name | unknown unknown | undefined of undefined |  | not ',
      'named | unknown unknown | undefined of undefined |  | not ',
    ])
  })

  test('a real Hearth, with what its embedded engine can do', async (t) => {
    await using hearth = await TestApp.start({ settings: { selftest: 'on' } })
    const facts = await probeHost(targetOf(hearth, t), { clock: systemClock, memory: new EngineMemory() })
    assert.equal(facts.version, packageVersion())
    assert.equal(facts.models[0]!.path.length, 1)
    assert.deepEqual(answered(facts.models[0]!.capabilities, 'no'), [
      'tools',
      'tool_choice',
      'logprobs',
      'vision',
    ])
    assert.deepEqual(
      Object.keys(facts.models[0]!.fields).filter((name) => name.startsWith('hearth_')),
      [],
    )
  })
})

suite('below a path', () => {
  for (const name of FIXTURES) {
    test(`${readFixture(name).server} is found beside its /v1`, async () => {
      await using fake = await FixtureServer.start(name, '/behind/proxy')
      const { engine } = await probeHost(fake.target, { clock: systemClock, memory: new EngineMemory() })
      assert.equal(engine, readFixture(name).engine)
      assert.ok(fake.asked.every((one) => one.includes(' /behind/proxy/')))
    })
  }
})

suite('a probe asks little', () => {
  const questions = async (name: string, probes: number): Promise<string[]> => {
    await using fake = await FixtureServer.start(name)
    const memory = new EngineMemory()
    for (let probe = 1; probe < probes; probe++) await probeHost(fake.target, { clock: systemClock, memory })
    fake.asked.length = 0
    await probeHost(fake.target, { clock: systemClock, memory })
    return fake.asked
  }

  test('of a server that it recognises by its list', async () => {
    assert.deepEqual(await questions('lm-studio-v1', 1), ['GET /v1/models', 'GET /api/v1/models'])
    assert.deepEqual(await questions('llama-cpp', 1), ['GET /v1/models', 'GET /props'])
    assert.deepEqual(await questions('vllm', 1), ['GET /v1/models', 'GET /version'])
  })

  test('of Ollama, whose details are asked once for each digest', async () => {
    const every = ['GET /v1/models', 'GET /api/version', 'GET /api/tags', 'GET /api/ps']
    assert.deepEqual(await questions('ollama', 1), [...every, ...Array<string>(4).fill('POST /api/show')])
    assert.deepEqual(await questions('ollama', 2), every)
  })

  test('of a server that it was at in vain', async () => {
    assert.equal((await questions('other', 1)).length, 5)
    assert.deepEqual(await questions('other', 2), ['GET /v1/models'])
  })
})
