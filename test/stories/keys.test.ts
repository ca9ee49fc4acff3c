import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { body, eventStreamHead, finish, json, waitFor } from '../fakes/script.ts'
import { Gate } from '../fakes/gate.ts'
import { chatChunk, DONE } from '../fakes/sse.ts'
import { forEachDatabase } from '../harness/each-database.ts'
import { TestApp } from '../harness/test-app.ts'
import { CHAT, chat, House, streamingChat } from '../relay/house.ts'

interface KeyItem {
  id: string
  name: string
  scope: string
  kind: string
  revoked_at: number | null
}

forEachDatabase((on) => {
  suite('keys', () => {
    test('begin with the admin key: one line, for its owner only, of a person', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      assert.match(hearth.adminKey, /^hearth_[\w-]{43}$/)
      assert.equal(statSync(join(hearth.data, 'admin.key')).mode & 0o777, 0o600)
      const me = (await hearth.request('/api/whoami')).json<Record<string, string>>()
      assert.deepEqual([me.user, me.kind, me.scope, me.via], ['admin', 'person', 'admin', 'key'])
    })

    test('come in by Authorization, X-API-Key or X-ROXY-Token', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const key = await hearth.key('view')
      for (const headers of [
        { authorization: `Bearer ${key}` },
        { authorization: `bearer  ${key}` },
        { 'x-api-key': key },
        { 'x-roxy-token': key },
      ]) {
        assert.equal((await hearth.request('/api/whoami', { key: null, headers })).status, 200)
      }
      for (const headers of [{ 'x-api-key': 'wrong' }, { 'x-roxy-token': 'wrong' }]) {
        assert.equal((await hearth.request('/api/whoami', { key: null, headers })).status, 401)
      }
      assert.equal((await hearth.request(`/api/whoami?key=${key}&api_key=${key}`, { key: null })).status, 401)
    })

    test('are listed without their secrets', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const { id, key } = await hearth.newKey('operate', 'agent')
      const list = await hearth.request('/api/keys')
      const item = list.json<{ items: KeyItem[] }>().items.find((candidate) => candidate.id === id)!
      assert.deepEqual([item.scope, item.kind, item.revoked_at], ['operate', 'agent', null])
      assert.ok(!list.text.includes(key))
      assert.ok(!list.text.includes(hearth.adminKey))
    })

    test('stop working at once when they are revoked, and stay revoked after a restart', async () => {
      const settings = await on.newSettings()
      await using first = await TestApp.start({ settings })
      const { id, key } = await first.newKey('view')
      assert.equal((await first.request('/api/whoami', { key })).status, 200)
      assert.equal((await first.request(`/api/keys/${id}`, { method: 'DELETE' })).status, 200)
      assert.equal((await first.request('/api/whoami', { key })).status, 401)
      assert.equal(
        (await first.request(`/api/keys/${id}`, { method: 'DELETE' })).status,
        200,
        'again changes nothing',
      )
      await first.app.close()
      await using hearth = await TestApp.start({ data: first.data, settings })
      assert.equal((await hearth.request('/api/whoami', { key })).status, 401)
      assert.equal((await hearth.request('/api/whoami')).status, 200)
    })

    test('that are revoked let a stream under way finish and take no new one', async () => {
      await using house = await House.start({ settings: await on.newSettings() })
      const gate = new Gate()
      house.host.on(CHAT, [eventStreamHead(), body(chatChunk('Hi')), waitFor(gate), body(DONE), finish()])
      const { id, key } = await house.hearth.newKey('relay')
      const answer = await house.hearth.open(CHAT, streamingChat(), { key })
      const begun = await answer.upTo(chatChunk('Hi'))
      await house.hearth.request(`/api/keys/${id}`, { method: 'DELETE' })
      assert.equal((await house.hearth.post(CHAT, chat(), { key })).status, 401)
      gate.open()
      assert.equal(begun + (await answer.rest()), chatChunk('Hi') + DONE)
    })

    test('never run out of admins: the last key of an admin person cannot be revoked', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const mine = (await hearth.request('/api/whoami')).json<{ key_id: string }>().key_id
      await hearth.newKey('admin', 'app')
      const refused = await hearth.request(`/api/keys/${mine}`, { method: 'DELETE' })
      assert.equal(refused.status, 409)
      assert.equal(refused.json<{ error: { code: string } }>().error.code, 'last_admin_key')
      const other = await hearth.key('admin', 'person')
      assert.equal((await hearth.request(`/api/keys/${mine}`, { method: 'DELETE' })).status, 200)
      assert.equal((await hearth.request('/api/whoami', { key: other })).status, 200)
    })

    test('that nobody has are 404', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const answer = await hearth.request('/api/keys/key_of_nobody', { method: 'DELETE' })
      assert.equal(answer.status, 404)
      assert.equal(answer.json<{ error: { code: string } }>().error.code, 'key_not_found')
    })

    test('that are wrong too often are 429, while the right key still works', async () => {
      await using house = await House.start({ settings: await on.newSettings() })
      house.host.on(CHAT, [json({ choices: [] })])
      const statuses: number[] = []
      for (let guess = 0; guess < 55; guess++) {
        statuses.push((await house.hearth.post(CHAT, chat(), { key: `hearth_guess-number-${guess}` })).status)
      }
      assert.deepEqual(statuses, [...Array<number>(50).fill(401), ...Array<number>(5).fill(429)])
      const limited = await house.hearth.request('/api/whoami', { key: 'another guess' })
      assert.equal(limited.status, 429)
      const waitSeconds = Number(limited.headers['retry-after'])
      assert.ok(waitSeconds >= 1 && waitSeconds <= 60, String(waitSeconds))
      assert.equal((await house.hearth.post(CHAT, chat())).status, 200)
      assert.equal((await house.hearth.request('/api/whoami')).status, 200)
    })
  })

  suite('with keys off', () => {
    test('everybody on this machine is the owner, and pages of other sites are still refused', async () => {
      await using hearth = await TestApp.start({ settings: { ...(await on.newSettings()), keys: 'off' } })
      const me = await hearth.request('/api/whoami', { key: null })
      assert.deepEqual(me.json(), {
        key_id: 'keys-off',
        user: 'owner',
        kind: 'person',
        scope: 'admin',
        via: 'keys-off',
      })
      assert.equal((await hearth.request('/v1/models', { key: null })).status, 200)
      assert.equal((await hearth.request('/api/whoami', { key: 'wrong' })).status, 200)
      const foreign = await hearth.request('/api/whoami', {
        key: null,
        headers: { origin: 'http://evil.example' },
      })
      assert.equal(foreign.status, 403)
      assert.equal(
        (await hearth.request('/api/whoami', { key: null, headers: { host: 'evil.example' } })).status,
        421,
      )
    })

    test('Hearth does not start on an address that others reach', async () => {
      const settings = { keys: 'off', listeners: [{ address: '0.0.0.0:0' }] }
      await assert.rejects(TestApp.start({ settings }), {
        code: 'config_invalid',
        message: /keys: off is possible on loopback addresses only/,
      })
    })
  })
})
