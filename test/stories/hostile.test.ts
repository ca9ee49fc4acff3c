import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import zlib from 'node:zlib'
import { body, end, finish, head, json } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { TestApp } from '../harness/test-app.ts'
import { CHAT, chat, House } from '../relay/house.ts'

suite('a Hearth among strangers', () => {
  test('keeps an administrator when two are revoked in the same moment, and starts again', async () => {
    await using hearth = await TestApp.start()
    const second = await hearth.key('admin', 'person')
    const ids = (await hearth.request('/api/keys'))
      .json<{ items: { id: string }[] }>()
      .items.map(({ id }) => id)
    assert.equal(ids.length, 2)
    const answers = await Promise.all(
      ids.map((id) => hearth.request(`/api/keys/${id}`, { method: 'DELETE' })),
    )
    const statuses = answers.map(({ status }) => status)
    assert.ok(statuses.includes(200) && statuses.some((status) => status !== 200), String(statuses))
    const left = await Promise.all(
      [hearth.adminKey, second].map(async (key) => (await hearth.request('/api/whoami', { key })).status),
    )
    assert.deepEqual(left.sort(), [200, 401])
  })

  test('lets no agent make a key for a person or an administrator', async () => {
    await using hearth = await TestApp.start()
    const agent = await hearth.key('admin', 'agent')
    for (const forged of [
      { kind: 'person', scope: 'view' },
      { kind: 'agent', scope: 'admin' },
    ]) {
      const answer = await hearth.post('/api/keys', { name: 'forged', ...forged }, { key: agent })
      assert.equal(answer.status, 403)
    }
    assert.equal(
      (await hearth.post('/api/keys', { name: 'fine', kind: 'app', scope: 'relay' }, { key: agent })).status,
      201,
    )
  })

  test('gives who has no key little room', async () => {
    await using hearth = await TestApp.start()
    const bomb = zlib.gzipSync(Buffer.alloc(8_000_000, '['))
    const headers = { 'content-encoding': 'gzip' }
    assert.equal((await hearth.post('/api/login', bomb, { key: null, headers })).status, 413)
  })

  test('shows its models whatever one host says of its own', async () => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const many = Array.from({ length: 5_000 }, (_, index) => `"filler-${index}"`).join(',')
    await using host = await ScriptedHost.start({ models: [] })
    host.on('/v1/models', [
      head({ headers: { 'content-type': 'application/json' } }),
      body(`{"data":[{"id":"deep","a":${deep}},{"id":"nul\\u0000x"},{"id":"${'x'.repeat(500)}"},${many}]}`),
      finish(),
    ])
    await using hearth = await TestApp.start({ hosts: [host.url] })
    const answer = await hearth.request('/v1/models')
    assert.equal(answer.status, 200)
    const ids = answer.json<{ data: { id: string }[] }>().data.map(({ id }) => id)
    assert.equal(ids.length, 2_000)
    assert.equal(ids[0], 'deep')
    assert.equal((await hearth.post(CHAT, { ...chat(), model: 'filler-none' })).status, 404)
  })

  test('marks a JSON answer that was cut at the end of its connection', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [
      head({ headers: { 'content-type': 'application/json' }, framing: 'until-close' }),
      body('{"choices":[{"message":{"content":"half a sen'),
      end(),
    ])
    const answer = await house.hearth.post(CHAT, chat())
    assert.equal(answer.status, 502)
    assert.equal(answer.json<{ error: { code: string } }>().error.code, 'answer_cut')
    house.host.on(CHAT, [json({ choices: [] })])
    assert.equal((await house.hearth.post(CHAT, chat())).status, 200)
  })
})
