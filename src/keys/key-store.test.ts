import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase, openAt, openFor } from '../../test/harness/each-database.ts'
import { KeyStore, type KeyRow } from './key-store.ts'

const key = (id: string, fields: Partial<KeyRow> = {}): KeyRow => ({
  id,
  name: `the key ${id}`,
  secret_hash: `hash of ${id}`,
  scope: 'admin',
  kind: 'person',
  created_at: 1_700_000_000_000,
  created_by: null,
  revoked_at: null,
  revoked_by: null,
  ...fields,
})

const session = (token: string, keyId: string, createdAt: number, expiresAt: number) => ({
  token_hash: token,
  key_id: keyId,
  created_at: createdAt,
  expires_at: expiresAt,
})

forEachDatabase((on) => {
  test('keys come back in the order they were made, also after a restart', async (t) => {
    const place = await on.newPlace()
    const first = await openAt(place)
    const rows = [
      key('key_b'),
      key('key_c', { created_by: 'key_b', scope: 'relay', kind: 'app' }),
      key('key_a', { created_at: 1 }),
    ]
    for (const row of rows) await new KeyStore(first).addKey(row)
    await first.close()
    const store = new KeyStore(await openFor(t, place))
    assert.deepEqual(await store.keys(), [rows[2], rows[0], rows[1]])
  })

  test('two keys never have one secret', async (t) => {
    const store = new KeyStore(await openFor(t, await on.newPlace()))
    await store.addKey(key('key_a'))
    await assert.rejects(store.addKey(key('key_b', { secret_hash: 'hash of key_a' })), {
      code: 'constraint_failed',
      details: { entry: 0, constraint: 'unique' },
    })
    assert.equal((await store.keys()).length, 1)
  })

  test('revoking a key ends its sessions with it, and the first revocation stands', async (t) => {
    const store = new KeyStore(await openFor(t, await on.newPlace()))
    for (const id of ['key_a', 'key_b']) await store.addKey(key(id))
    await store.addSession(session('of a', 'key_a', 1, 1000))
    await store.addSession(session('of b', 'key_b', 1, 1000))
    await Promise.all([
      store.revokeKey('key_a', { revoked_at: 5, revoked_by: 'key_b' }),
      store.revokeKey('key_a', { revoked_at: 5, revoked_by: 'key_b' }),
    ])
    await store.revokeKey('key_a', { revoked_at: 9, revoked_by: 'key_a' })
    assert.partialDeepStrictEqual(await store.keys(), [
      { revoked_at: 5, revoked_by: 'key_b' },
      { revoked_at: null },
    ])
    assert.deepEqual(
      (await store.sessions(2)).map((row) => row.token_hash),
      ['of b'],
    )
  })

  test('sessions end at their time, by themselves or by request, and need a key', async (t) => {
    const store = new KeyStore(await openFor(t, await on.newPlace()))
    await store.addKey(key('key_a'))
    await store.addSession(session('old', 'key_a', 0, 100))
    await Promise.all(
      ['one', 'two', 'three'].map((token) => store.addSession(session(token, 'key_a', 100, 1000))),
    )
    await store.removeSession('two')
    const tokens = async (now: number) => (await store.sessions(now)).map((row) => row.token_hash).sort()
    assert.deepEqual(await tokens(0), ['one', 'three'], 'what had ended was cleared away')
    assert.deepEqual(await tokens(1000), [])
    await assert.rejects(store.addSession(session('lost', 'key_absent', 100, 1000)), {
      code: 'constraint_failed',
    })
  })
})
