import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Scope } from '#base/actor'
import { TestApp, type RequestOptions } from '../harness/test-app.ts'

interface OpenApi {
  paths: Record<string, Record<string, { 'x-hearth-scope': Scope | 'open' }>>
}

interface Operation {
  readonly method: NonNullable<RequestOptions['method']>
  readonly path: string
  readonly scope: Scope | 'open'
}

/** Keys that do not open a route of this scope. */
const TOO_SMALL: Record<Scope, readonly Scope[]> = {
  relay: ['view'],
  view: ['relay'],
  operate: ['relay', 'view'],
  admin: ['relay', 'view', 'operate'],
}
/** Ends only the caller's own session: a key that may look may also leave. */
const CHANGES_NOTHING_OF_OTHERS = ['POST /api/logout']

async function operationsOf(hearth: TestApp): Promise<Operation[]> {
  const { paths } = (await hearth.request('/openapi.json', { key: null })).json<OpenApi>()
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase() as Operation['method'],
      path: path.replaceAll(/\{\w+\}/g, 'some-id'),
      scope: operation['x-hearth-scope'],
    })),
  )
}

suite('by the OpenAPI document', () => {
  test('every route that is not open is 401 without a key and with a wrong one', async () => {
    await using hearth = await TestApp.start()
    const closed = (await operationsOf(hearth)).filter(({ scope }) => scope !== 'open')
    assert.ok(closed.length >= 12)
    for (const { method, path } of closed) {
      const missing = await hearth.request(path, {
        method,
        key: null,
        ...(method === 'GET' ? {} : { body: {} }),
      })
      assert.equal(missing.status, 401, `${method} ${path}`)
      const wrong = await hearth.request(path, { method, key: 'wrong' })
      assert.equal(wrong.status, 401, `${method} ${path}`)
    }
  })

  test('every route is 403 with a key of too small a scope', async () => {
    await using hearth = await TestApp.start()
    const keys = {
      relay: await hearth.key('relay'),
      view: await hearth.key('view'),
      operate: await hearth.key('operate'),
      admin: '',
    }
    let refused = 0
    for (const { method, path, scope } of await operationsOf(hearth)) {
      if (scope === 'open') continue
      for (const small of TOO_SMALL[scope]) {
        const answer = await hearth.request(path, { method, key: keys[small] })
        assert.equal(answer.status, 403, `${method} ${path} with a key of scope ${small}`)
        refused++
      }
    }
    assert.ok(refused >= 20, String(refused))
  })

  test('no route that changes something opens to a view key', async () => {
    await using hearth = await TestApp.start()
    const key = await hearth.key('view')
    for (const { method, path, scope } of await operationsOf(hearth)) {
      if (method === 'GET' || scope === 'open' || CHANGES_NOTHING_OF_OTHERS.includes(`${method} ${path}`))
        continue
      assert.equal((await hearth.request(path, { method, key })).status, 403, `${method} ${path}`)
    }
  })

  test('open routes answer without a key', async () => {
    await using hearth = await TestApp.start()
    for (const { method, path, scope } of await operationsOf(hearth)) {
      if (scope !== 'open' || method !== 'GET') continue
      const { status } = await hearth.request(path, { method, key: null })
      assert.ok(status === 200 || status === 302, `${method} ${path}: ${status}`)
    }
  })
})
