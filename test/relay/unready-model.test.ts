import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gate } from '../fakes/gate.ts'
import { json, waitFor } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { RelayHouse } from '../harness/relay-house.ts'
import { until } from '../harness/until.ts'
import { CHAT, chat } from './house.ts'

test('a model that does not load here is answered by another host that has it', async () => {
  await using host = await ScriptedHost.start({ models: ['m1'] })
  const gate = new Gate()
  host.on(CHAT, [waitFor(gate), json({ choices: [] })])
  await using house = await RelayHouse.start([RelayHouse.host(host.url, { slots: 1 })])
  house.engine.add({ id: 'm1', path: '/nowhere/model.gguf' })

  const first = house.post(CHAT, chat())
  await host.until(() => host.requests.some(({ path }) => path === CHAT), 'the host to be busy')
  const second = house.post(CHAT, chat())
  const failed = (): boolean => house.engine.list()[0]!.error !== undefined
  await until('the model to have failed', failed)
  gate.open()
  assert.deepEqual([(await first).status, (await second).status], [200, 200])

  await host.stop()
  const answer = await house.post(CHAT, chat())
  const { error } = (await answer.json()) as { error: { code: string; message: string } }
  assert.equal(answer.status, 503, error.message)
})
