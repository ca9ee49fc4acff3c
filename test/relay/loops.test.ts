import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { json } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { TestApp } from '../harness/test-app.ts'
import { assertError, CHAT, chat, House } from './house.ts'

interface Status {
  hosts: { id: string; state: string; models: string[]; last_error: { message: string } | null }[]
}

const KEY = 'hearth_a-key-that-both-sides-of-the-loop-know-01'

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A data folder whose admin key is known before the first start. */
function folderWithKey(): string & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-loop-'))
  writeFileSync(join(folder, 'admin.key'), `${KEY}\n`, { mode: 0o600 })
  return Object.assign(folder, { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) })
}

async function firstHostOf(hearth: TestApp): Promise<Status['hosts'][number]> {
  return (await hearth.request('/api/status')).json<Status>().hosts[0]!
}

suite('the loop guard', () => {
  test('counts the Hearths a request has passed', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [json({ choices: [] })])
    for (const [came, goes] of [
      ['0', '1'],
      ['1', '2'],
      ['3', '4'],
      ['nonsense', '1'],
      ['-5', '1'],
      ['1.5', '1'],
    ]) {
      await house.hearth.post(CHAT, chat(), { headers: { 'x-hearth-hops': came! } })
      assert.equal(house.host.requests.at(-1)!.headers['x-hearth-hops'], goes)
    }
  })

  test('answers 508 past three, and asks no host', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [json({ choices: [] })])
    for (const hops of ['4', '5', '1000', '99999999999999999999']) {
      const answer = await house.hearth.post(CHAT, chat(), { headers: { 'x-hearth-hops': hops } })
      assert.match(assertError(answer, 508, 'too_many_hops').message, /circle/)
    }
    assert.ok(house.host.requests.every(({ path }) => path !== CHAT))
  })

  test('keeps a Hearth from adopting itself, and says so as soon as it has started', async () => {
    using data = folderWithKey()
    const port = await freePort()
    const startedAtMs = performance.now()
    await using hearth = await TestApp.start({
      data: String(data),
      hosts: [{ url: `http://127.0.0.1:${port}`, key: KEY }],
      settings: { listeners: [{ address: `127.0.0.1:${port}` }] },
    })
    const tookMs = performance.now() - startedAtMs
    const host = await firstHostOf(hearth)
    assert.deepEqual(host.models, [])
    assert.equal(host.state, 'down')
    assert.match(host.last_error!.message, /is this Hearth itself; remove it from the hosts/)
    assert.ok(tookMs < 3_000, `the start took ${tookMs} ms`)
  })

  test('does not let two Hearths believe each other about a model that neither has', async () => {
    using data = folderWithKey()
    const port = await freePort()
    const left = { url: `http://127.0.0.1:${port}`, key: KEY }
    await using engine = await ScriptedHost.start({ models: ['m1'] })
    await using right = await TestApp.start({ hosts: [left, engine.url] })
    await using hearth = await TestApp.start({
      data: String(data),
      hosts: [{ url: right.url, key: right.adminKey }],
      settings: { listeners: [{ address: `127.0.0.1:${port}` }] },
    })
    assert.deepEqual((await firstHostOf(hearth)).models, ['m1'])
    // It has it from this very Hearth, so it is no host of the model.
    await right.request('/v1/models/one-that-makes-it-look-for-the-left-one')
    assert.equal((await firstHostOf(right)).state, 'ok')
    assert.deepEqual((await firstHostOf(right)).models, [])
    await engine.stop()
    const answer = await hearth.unchecked(CHAT, { method: 'POST', body: chat() })
    assertError(answer, 503, 'host_unavailable')
  })
})
