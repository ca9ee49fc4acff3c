import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import { tempFolder } from '../contracts/temp-folder.ts'
import { json, type Step } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { TestApp } from '../harness/test-app.ts'
import { assertError, CHAT, chat } from '../relay/house.ts'

const SESSION = 'x-cathedral-session'
const NEW = 'x-cathedral-session-new'
const WORKSPACE = 'x-cathedral-workspace'

async function twoHosts(t: TestContext): Promise<{ urls: string[]; hosts: ScriptedHost[] }> {
  const hosts = [await ScriptedHost.start({ models: ['m1'] }), await ScriptedHost.start({ models: ['m1'] })]
  for (const [index, host] of hosts.entries()) {
    t.after(() => host[Symbol.asyncDispose]())
    host.on(CHAT, [json({ choices: [], from: index })])
  }
  return { hosts, urls: hosts.map(({ url }) => url) }
}

async function ask(hearth: TestApp, headers: Record<string, string> = {}, key?: string) {
  const answer = await hearth.unchecked(CHAT, {
    method: 'POST',
    body: chat(),
    headers,
    ...(key !== undefined && { key }),
  })
  return {
    answer,
    from: answer.status === 200 ? answer.json<{ from: number }>().from : undefined,
    token: answer.headers[SESSION] as string | undefined,
    isNew: answer.headers[NEW] === '1',
  }
}

const BUSY: readonly Step[] = [json({ error: { message: 'busy' } }, { status: 503 })]

suite('a session', () => {
  test('is opened for a workspace, and its token brings the caller back to the same host', async (t) => {
    const { hosts, urls } = await twoHosts(t)
    const data = tempFolder()
    let token: string
    {
      await using hearth = await TestApp.start({ data, hosts: urls })
      hosts[0]!.on(CHAT, BUSY)
      const first = await ask(hearth, { [WORKSPACE]: 'den' })
      assert.match(first.token!, /^den:thr_[\da-f]{12}$/)
      assert.deepEqual([first.isNew, first.from], [true, 1])
      hosts[0]!.on(CHAT, [json({ choices: [], from: 0 })])
      token = first.token!
      const again = await ask(hearth, { [SESSION]: token })
      assert.deepEqual([again.token, again.isNew, again.from], [token, false, 1])
      assert.equal((await ask(hearth)).from, 0, 'who has no session goes to the first host')
      const status = (await hearth.request('/api/status')).json<{ sessions_active: number }>()
      assert.equal(status.sessions_active, 1)
    }
    await using restarted = await TestApp.start({ data, hosts: urls })
    const after = await ask(restarted, { [SESSION]: token })
    assert.deepEqual([after.token, after.isNew, after.from], [token, false, 1])
  })

  test('is not made for callers that ask for none', async (t) => {
    const { urls } = await twoHosts(t)
    await using hearth = await TestApp.start({ hosts: urls })
    const { token } = await ask(hearth)
    assert.equal(token, undefined)
    assert.equal((await hearth.request('/api/status')).json<{ sessions_active: number }>().sessions_active, 0)
  })

  test('of an unknown token is never taken over: the caller gets a new one and is told', async (t) => {
    const { urls } = await twoHosts(t)
    await using hearth = await TestApp.start({ hosts: urls })
    const { token, isNew } = await ask(hearth, { [SESSION]: 'den:made-up' })
    assert.match(token!, /^den:thr_[\da-f]{12}$/)
    assert.equal(isNew, true)
    const again = await ask(hearth, { [SESSION]: 'den:made-up' })
    assert.ok(again.isNew && again.token !== token && again.token !== 'den:made-up')
  })

  test('belongs to the key that opened it', async (t) => {
    const { urls } = await twoHosts(t)
    await using hearth = await TestApp.start({ hosts: urls })
    const { token } = await ask(hearth, { [WORKSPACE]: 'den' })
    const other = await ask(hearth, { [SESSION]: token! }, await hearth.key('relay'))
    assert.ok(other.isNew && other.token !== token)
  })

  test('with a token of another form is refused', async (t) => {
    const { urls } = await twoHosts(t)
    await using hearth = await TestApp.start({ hosts: urls })
    for (const headers of [{ [SESSION]: 'den' }, { [SESSION]: 'a:b:c' }, { [WORKSPACE]: 'two words' }]) {
      const { answer } = await ask(hearth, headers)
      assertError(answer, 400, 'session_invalid')
    }
  })
})
