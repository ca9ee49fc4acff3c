import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { systemClock } from '#base/time'
import { CAPABILITIES } from '#hosts/capabilities'
import type { HostTarget } from '#hosts/index'
import { EngineMemory } from '#hosts/kinds/engine-memory'
import type { Engine } from '#hosts/kinds/engine'
import { probeHost, type HostFacts } from '#hosts/probe-host'
import { exchangeSmall } from '#platform/fetch/index'

export interface ModelServer {
  readonly target: HostTarget
  readonly engine: Engine
}

/** What is true of every model server that is probed, a fake and a real one alike. */
export function modelServerContract(name: string, make: (t: TestContext) => Promise<ModelServer>): void {
  const probe = (target: HostTarget, memory = new EngineMemory()): Promise<HostFacts> =>
    probeHost(target, { clock: systemClock, memory })

  describe(`${name} as a model server`, () => {
    test('is known for what it is', async (t) => {
      const { target, engine } = await make(t)
      assert.equal((await probe(target)).engine, engine)
    })

    test('has the models that it lists, each once and in its order', async (t) => {
      const { target } = await make(t)
      const { models } = await probe(target)
      const ids = models.map(({ id }) => id)
      assert.ok(ids.length > 0)
      assert.deepEqual(ids, [...new Set(ids)])
      const { authorization, basePath } = target
      const { body } = await exchangeSmall(target.pool, {
        path: `${basePath}/v1/models`,
        headers: authorization === undefined ? {} : { authorization },
        timeoutMs: 5_000,
      })
      const { data } = JSON.parse(body.toString()) as { data: ({ id?: string } | null)[] }
      const listed = data.flatMap((entry) => entry?.id ?? [])
      assert.deepEqual(
        ids.filter((id) => listed.includes(id)),
        listed.filter((id) => id !== ''),
      )
    })

    test('tells of each model only what is well formed', async (t) => {
      const { target } = await make(t)
      const { models, slots } = await probe(target)
      assert.ok(slots === undefined || (Number.isSafeInteger(slots) && slots > 0))
      for (const model of models) {
        assert.equal(model.fields.id, model.id)
        assert.ok(['loaded', 'not-loaded', 'unknown'].includes(model.state))
        assert.ok(['llm', 'vlm', 'embeddings', 'unknown'].includes(model.type))
        assert.deepEqual(Object.keys(model.capabilities), [...CAPABILITIES])
        for (const { answer, source } of Object.values(model.capabilities))
          assert.equal(source === undefined, answer === 'unknown')
        for (const tokens of [model.contextWindow, model.maxContextWindow])
          assert.ok(tokens === undefined || (Number.isSafeInteger(tokens) && tokens > 0))
        assert.equal(model.contextWindowSource === undefined, model.contextWindow === undefined)
      }
    })

    test('tells the same again, and the second time is not looked at anew', async (t) => {
      const { target } = await make(t)
      const memory = new EngineMemory()
      const first = await probe(target, memory)
      assert.equal(memory.engine, first.engine)
      assert.deepEqual(await probe(target, memory), first)
    })

    test('is told from a place where there is nothing', async (t) => {
      const { target } = await make(t)
      const nowhere = { ...target, basePath: `${target.basePath}/no/such/place` }
      await assert.rejects(probe(nowhere), { code: 'host_probe_failed' })
    })
  })
}
