import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { forEachDatabase } from '../harness/each-database.ts'
import { TestApp, type RequestOptions } from '../harness/test-app.ts'

interface ErrorBody {
  readonly error: { readonly code: string }
}

/** Logs a browser in; returns its cookie. */
async function login(hearth: TestApp, path = hearth.app.loginPath()!): Promise<string> {
  const token = path.slice(path.indexOf('#') + 1)
  const answer = await hearth.post('/api/login', { token }, { key: null, headers: { origin: hearth.url } })
  assert.equal(answer.status, 200, answer.text)
  return String(answer.headers['set-cookie']).split(';', 1)[0]!
}

function browser(hearth: TestApp, cookie: string, options: RequestOptions = {}): RequestOptions {
  return { key: null, ...options, headers: { cookie, origin: hearth.url, ...options.headers } }
}

async function codeOf(answer: Promise<{ json<T>(): T }>): Promise<string> {
  return (await answer).json<ErrorBody>().error.code
}

forEachDatabase((on) => {
  suite('a login link', () => {
    test('opens a page, which carries no token, and leads on to the documentation', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const page = await hearth.request('/login', { key: null })
      assert.equal(page.status, 200)
      assert.match(String(page.headers['content-type']), /^text\/html/)
      assert.match(String(page.headers['content-security-policy']), /frame-ancestors 'none'/)
      assert.match(hearth.app.loginPath()!, /^\/login#[\w-]{32}$/)
      const token = hearth.app.loginPath()!.split('#')[1]!
      const answer = await hearth.post('/api/login', { token }, { key: null })
      assert.equal(answer.json<{ next: string }>().next, 'docs')
    })

    test('works once', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const path = hearth.app.loginPath()!
      await login(hearth, path)
      const token = path.split('#')[1]
      const again = await hearth.post('/api/login', { token }, { key: null })
      assert.equal(again.status, 401)
      assert.equal(again.json<ErrorBody>().error.code, 'login_link_invalid')
    })

    test('is made by an admin person only, over the API too', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const made = (await hearth.post('/api/login-links', undefined)).json<{ path: string; token: string }>()
      assert.equal(made.path, `/login#${made.token}`)
      await login(hearth, made.path)
      const app = await hearth.key('admin', 'app')
      assert.equal(await codeOf(hearth.post('/api/login-links', undefined, { key: app })), 'person_needed')
      const operator = await hearth.key('operate', 'person')
      assert.equal(
        await codeOf(hearth.post('/api/login-links', undefined, { key: operator })),
        'scope_missing',
      )
    })

    test('cannot be guessed', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      for (const token of ['x', 'x'.repeat(32), hearth.adminKey]) {
        assert.equal(await codeOf(hearth.post('/api/login', { token }, { key: null })), 'login_link_invalid')
      }
    })
  })

  suite('a console session', () => {
    test('is a cookie that scripts and other sites do not get', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const token = hearth.app.loginPath()!.split('#')[1]
      const answer = await hearth.post('/api/login', { token }, { key: null })
      assert.match(
        String(answer.headers['set-cookie']),
        /^hearth_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Expires=/,
      )
    })

    test('is a person who may read, and change things from a page of Hearth itself', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const cookie = await login(hearth)
      const me = (await hearth.request('/api/whoami', { key: null, headers: { cookie } })).json<
        Record<string, string>
      >()
      assert.deepEqual([me.kind, me.scope, me.via], ['person', 'admin', 'console'])
      const key = { name: 'made in the browser', scope: 'view', kind: 'app' }
      assert.equal((await hearth.post('/api/keys', key, browser(hearth, cookie))).status, 201)
      const other = { ...browser(hearth, `theme=dark; ${cookie}; x=y`) }
      assert.equal((await hearth.request('/api/keys', other)).status, 200)
    })

    test('changes nothing where nobody says which page asks', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const cookie = await login(hearth)
      const key = { name: 'forged', scope: 'admin', kind: 'person' }
      assert.equal(
        await codeOf(hearth.post('/api/keys', key, { key: null, headers: { cookie } })),
        'origin_missing',
      )
    })

    test('changes nothing for a page of another site, or of another port', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const cookie = await login(hearth)
      const key = { name: 'forged', scope: 'admin', kind: 'person' }
      const port = new URL(hearth.url).port
      const foreign = [
        'http://evil.example',
        'null',
        `http://127.0.0.1:${Number(port) === 1 ? 2 : 1}`,
        'http://localhost:3000',
        `https://evil.example:${port}`,
      ]
      for (const origin of foreign) {
        const answer = await hearth.post('/api/keys', key, browser(hearth, cookie, { headers: { origin } }))
        assert.equal(answer.status, 403, origin)
      }
      const names = (await hearth.request('/api/keys')).text
      assert.ok(!names.includes('forged'))
    })

    test('ends by logging out', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const cookie = await login(hearth)
      const out = await hearth.post('/api/logout', undefined, browser(hearth, cookie))
      assert.equal(out.status, 200)
      assert.match(String(out.headers['set-cookie']), /^hearth_session=; .*Expires=Thu, 01 Jan 1970/)
      assert.equal((await hearth.request('/api/whoami', { key: null, headers: { cookie } })).status, 401)
    })

    test('ends with the key it came from', async () => {
      await using hearth = await TestApp.start({ settings: await on.newSettings() })
      const { id, key } = await hearth.newKey('admin', 'person')
      const { path } = (await hearth.post('/api/login-links', undefined, { key })).json<{ path: string }>()
      const cookie = await login(hearth, path)
      const unused = (await hearth.post('/api/login-links', undefined, { key })).json<{ token: string }>()
      await hearth.request(`/api/keys/${id}`, { method: 'DELETE' })
      assert.equal((await hearth.request('/api/whoami', { key: null, headers: { cookie } })).status, 401)
      assert.equal(
        await codeOf(hearth.post('/api/login', { token: unused.token }, { key: null })),
        'login_link_invalid',
      )
    })

    test('survives a restart', async () => {
      const settings = await on.newSettings()
      await using first = await TestApp.start({ settings })
      const cookie = await login(first)
      await first.app.close()
      await using hearth = await TestApp.start({ data: first.data, settings })
      assert.equal((await hearth.request('/api/whoami', { key: null, headers: { cookie } })).status, 200)
    })
  })
})
