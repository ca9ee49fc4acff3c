import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemCode } from '#base/errors'
import type { Status } from '#status/contract'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { TestApp } from '../harness/test-app.ts'
import { until } from '../harness/until.ts'

/** Where model servers listen by default; a program of the developer may hold some of them. */
const PORTS = [11434, 1234, 8080, 1337, 5001, 30000]

async function onKnownPort(models: readonly string[]): Promise<ScriptedHost | undefined> {
  for (const port of PORTS) {
    try {
      return await ScriptedHost.start({ models, address: { host: '127.0.0.1', port } })
    } catch (error) {
      if (systemCode(error) !== 'EADDRINUSE') throw error
    }
  }
  return undefined
}

test('a model server on this machine is found and serves, and lock_hosts keeps it out', async (t) => {
  const host = await onKnownPort(['found-model'])
  if (host === undefined) {
    const why = 'every port where model servers listen is in use'
    assert.notEqual(process.env.HEARTH_TEST_REQUIRE_ALL, '1', why)
    t.skip(why)
    return
  }
  t.after(() => host[Symbol.asyncDispose]())
  await using hearth = await TestApp.start({ settings: { discovery: 'loopback' } })
  const found = async () => {
    const { hosts } = (await hearth.request('/api/status')).json<Status>()
    return hosts.find(({ id }) => id === host.url)
  }
  await until('the model', async () => (await found())?.models.includes('found-model') === true)
  assert.equal((await found())!.discovered, true)

  assert.equal((await hearth.post('/api/options', { lock_hosts: true })).status, 200)
  assert.equal(await found(), undefined)
  assert.equal((await hearth.post('/api/options', { lock_hosts: false })).status, 200)
  await until('the host again', async () => (await found())?.state === 'ok')
})
