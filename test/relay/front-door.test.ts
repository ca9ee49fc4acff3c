import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { json } from '../fakes/script.ts'
import { TestApp } from '../harness/test-app.ts'
import { assertError, CHAT, chat, House } from './house.ts'

interface ApiError {
  readonly error: { readonly code: string; readonly type: string }
}

async function houseThatAnswers(): Promise<House> {
  const house = await House.start()
  house.host.on(CHAT, [json({ choices: [] })])
  return house
}

suite('at the front door', () => {
  test('a missing key is 401 and says which credential is wanted', async () => {
    await using house = await houseThatAnswers()
    const answer = await house.hearth.post(CHAT, chat(), { key: null })
    assert.equal(assertError(answer, 401, 'key_missing').type, 'authentication_error')
    assert.equal(answer.headers['www-authenticate'], 'Bearer realm="hearth"')
    const status = await house.hearth.request('/api/status', { key: null })
    assert.equal(status.status, 401)
    assert.deepEqual(status.json<ApiError>().error.type, 'unauthenticated')
  })

  test('an unknown key is 401, whatever stands in the header', async () => {
    await using house = await houseThatAnswers()
    for (const authorization of [
      'Bearer nope',
      'Bearer ',
      'Bearer',
      'Basic YTpi',
      'nope',
      `Bearer ${house.hearth.adminKey} x`,
    ]) {
      const answer = await house.hearth.post(CHAT, chat(), { key: null, headers: { authorization } })
      assertError(answer, 401, 'key_unknown')
    }
  })

  test('a key is asked for before the body is read', async () => {
    await using house = await houseThatAnswers()
    assertError(await house.hearth.post(CHAT, '{nonsense', { key: null }), 401, 'key_missing')
  })

  test('a key of scope relay opens /v1 and nothing else', async () => {
    await using house = await houseThatAnswers()
    const key = await house.hearth.key('relay')
    assert.equal((await house.hearth.post(CHAT, chat(), { key })).status, 200)
    assert.equal((await house.hearth.request('/v1/models', { key })).status, 200)
    for (const path of ['/api/status', '/api/whoami', '/metrics', '/api/keys']) {
      const answer = await house.hearth.request(path, { key })
      assert.equal(answer.status, 403, path)
      assert.equal(answer.json<ApiError>().error.code, 'scope_missing')
    }
  })

  test('a key of scope view does not open /v1', async () => {
    await using house = await houseThatAnswers()
    const key = await house.hearth.key('view')
    const error = assertError(await house.hearth.post(CHAT, chat(), { key }), 403, 'scope_missing')
    assert.equal(error.type, 'permission_error')
    assertError(await house.hearth.request('/v1/models', { key }), 403, 'scope_missing')
    assert.ok(house.host.requests.every(({ path }) => path !== CHAT))
  })

  test('a foreign Host is 421 on every path, the open ones too', async () => {
    await using house = await houseThatAnswers()
    for (const host of [
      'evil.example',
      'evil.example:80',
      '8.8.8.8',
      'localhost.evil.example',
      '',
      'hearth.lan',
    ]) {
      for (const path of [CHAT, '/health', '/', '/api/status', '/nowhere']) {
        const answer = await house.hearth.request(path, {
          headers: { host },
          method: path === CHAT ? 'POST' : 'GET',
        })
        assert.equal(answer.status, 421, `${host} ${path}`)
      }
    }
    assertError(
      await house.hearth.post(CHAT, chat(), { headers: { host: 'evil.example' } }),
      421,
      'host_refused',
    )
  })

  test('its own names, with and without port, are let in, and those the owner allows', async () => {
    await using house = await House.start({ settings: { allowed_hosts: ['Hearth.LAN'] } })
    for (const host of [
      'localhost',
      'LOCALHOST:1',
      '127.0.0.1',
      '192.168.1.5:8000',
      '[::1]:8000',
      'hearth.lan',
      'hearth.lan.:80',
    ]) {
      assert.equal((await house.hearth.request('/health', { headers: { host } })).status, 200, host)
    }
  })

  test('a page of another site is 403', async () => {
    await using house = await houseThatAnswers()
    for (const origin of [
      'https://evil.example',
      'null',
      'http://127.0.0.1.evil.example',
      'file://',
      'nonsense',
    ]) {
      assertError(await house.hearth.post(CHAT, chat(), { headers: { origin } }), 403, 'origin_refused')
      assert.equal((await house.hearth.request('/health', { headers: { origin } })).status, 403)
    }
    assert.equal(
      (await house.hearth.post(CHAT, chat(), { headers: { origin: house.hearth.url } })).status,
      200,
    )
  })

  test('trailing slashes are tolerated on every route', async () => {
    await using house = await houseThatAnswers()
    assert.equal((await house.hearth.post(`${CHAT}/`, chat())).status, 200)
    for (const path of [
      '/health/',
      '/v1/models/',
      '/v1/models/m1/',
      '/api/status/',
      '/api/keys/',
      '/openapi.json/',
      '/docs/',
    ]) {
      assert.equal((await house.hearth.request(path)).status, 200, path)
    }
  })

  test('an unknown path is 404 in the shape of its family', async () => {
    await using house = await houseThatAnswers()
    assertError(await house.hearth.request('/v1/nothing'), 404, 'route_not_found')
    assertError(await house.hearth.request(CHAT), 404, 'route_not_found')
    const answer = await house.hearth.request('/api/nothing')
    assert.equal(answer.status, 404)
    assert.equal(answer.json<ApiError>().error.type, 'not_found')
  })

  test('a path that cannot be decoded, or is endless, is refused in the shape of its family', async () => {
    await using house = await houseThatAnswers()
    for (const path of [
      '/v1/models/%ff',
      '/v1/models/%',
      '/api/keys/%E0%A4%A',
      `/api/keys/${'x'.repeat(600)}`,
      '/%zz',
    ]) {
      const answer = await house.hearth.request(path, { method: path.startsWith('/api') ? 'DELETE' : 'GET' })
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} for ${path}`)
      assert.match(String(answer.headers['content-type']), /^application\/json/)
      assert.match(String(answer.headers['x-correlation-id']), /^[\da-f]{32}$/, path)
    }
  })
})

suite('the model list', () => {
  test('merges the models of a host and gives each what clients rely on', async () => {
    await using house = await House.start()
    house.host.on('/v1/models', [
      json({
        data: [
          'plain',
          { id: 'odd', object: 'x', created: 'yesterday', owned_by: 5, context_length: 7 },
          { name: 'named' },
          { id: 'a/b/c' },
          { id: '' },
          5,
          null,
        ],
      }),
    ])
    await using hearth = await TestApp.start({ hosts: [house.host.url] })
    const list = (await hearth.request('/v1/models')).json<{
      data: { id: string; context_length?: number }[]
    }>()
    assert.deepEqual(
      list.data.map(({ id }) => id),
      ['plain', 'odd', 'named', 'a/b/c'],
    )
    assert.equal(list.data[1]!.context_length, 7)
    for (const id of ['plain', 'a/b/c', 'a%2Fb%2Fc']) {
      const model = await hearth.request(`/v1/models/${id}`)
      assert.equal(model.status, 200, id)
      assert.equal(model.json<{ id: string }>().id, decodeURIComponent(id))
    }
  })
})
