import assert from 'node:assert/strict'
import { suite, test, type TestContext } from 'node:test'
import type { OptionsAnswer } from '#options/contract'
import { tempFolder } from '../contracts/temp-folder.ts'
import { Gate } from '../fakes/gate.ts'
import { body, eventStreamHead, finish, json, waitFor } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { chatChunk, DONE } from '../fakes/sse.ts'
import { HearthProcess } from '../harness/hearth-process.ts'
import { TestApp, type TestAppOptions } from '../harness/test-app.ts'
import { until } from '../harness/until.ts'
import { CHAT, chat, EMBEDDINGS, streamingChat } from '../relay/house.ts'

const OPTIONS = '/api/options'

async function hostWith(t: TestContext, ...models: string[]): Promise<ScriptedHost> {
  const host = await ScriptedHost.start({ models })
  t.after(() => host[Symbol.asyncDispose]())
  return host
}

async function start(t: TestContext, options: TestAppOptions = {}): Promise<TestApp> {
  const hearth = await TestApp.start(options)
  t.after(() => hearth[Symbol.asyncDispose]())
  return hearth
}

async function modelsOf(hearth: TestApp): Promise<string[]> {
  const { data } = (await hearth.request('/v1/models')).json<{ data: { id: string }[] }>()
  return data.map(({ id }) => id)
}

interface ApiError {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly details: Readonly<Record<string, unknown>>
  }
}

/** Sends a change that must be refused, and shows that nothing changed. */
async function refused(hearth: TestApp, change: unknown, status: number, code: string, key?: string) {
  const before = (await hearth.request(OPTIONS)).text
  const answer = await hearth.post(OPTIONS, change, key === undefined ? {} : { key })
  assert.equal(answer.status, status, answer.text)
  const { error } = answer.json<ApiError>()
  assert.equal(error.code, code)
  assert.equal((await hearth.request(OPTIONS)).text, before)
  return error
}

suite('options', () => {
  test('tell each value and where it comes from', async (t) => {
    const host = await hostWith(t, 'm1')
    const hearth = await start(t, {
      file: { temperature: 0.2, lm_hosts: [`${host.url}/v1/`, host.url] },
      env: { HEARTH_TOP_P: '0.5' },
    })
    const { options, sources, locked } = (await hearth.request(OPTIONS)).json<OptionsAnswer>()
    assert.partialDeepStrictEqual(options, {
      lm_hosts: [host.url],
      temperature: 0.2,
      top_p: 0.5,
      lock_hosts: false,
    })
    assert.partialDeepStrictEqual(sources, {
      lm_hosts: 'file',
      temperature: 'file',
      top_p: 'env',
      embedding_base_path: 'default',
    })
    assert.deepEqual(locked, [])
  })

  test('change the model servers at once, and still after a restart', async (t) => {
    const [first, second] = [await hostWith(t, 'm1'), await hostWith(t, 'm2')]
    const data = tempFolder()
    {
      await using hearth = await TestApp.start({ data, file: { lm_hosts: [first.url] } })
      assert.deepEqual(await modelsOf(hearth), ['m1'])
      const answer = await hearth.post(OPTIONS, { lm_hosts: [`${second.url}/v1`, first.url] })
      assert.equal(answer.status, 200, answer.text)
      const { options, sources } = answer.json<OptionsAnswer>()
      assert.deepEqual([options.lm_hosts, sources.lm_hosts], [[second.url, first.url], 'stored'])
      await until('the models of both', async () => (await modelsOf(hearth)).join() === 'm2,m1')
    }
    const again = await start(t, { data })
    assert.deepEqual(await modelsOf(again), ['m2', 'm1'])
    const reset = await again.request(`${OPTIONS}/lm_hosts`, { method: 'DELETE' })
    assert.equal(reset.json<OptionsAnswer>().sources.lm_hosts, 'file')
    await until('the models of the first', async () => (await modelsOf(again)).join() === 'm1')
  })

  test('outlive a power cut the moment they were confirmed', async (t) => {
    const host = await hostWith(t, 'm1')
    await using before = await HearthProcess.start()
    const headers = { authorization: `Bearer ${before.adminKey}`, 'content-type': 'application/json' }
    const change = { lm_hosts: [host.url], temperature: 0.1 }
    const answer = await fetch(before.url + OPTIONS, {
      method: 'POST',
      headers,
      body: JSON.stringify(change),
    })
    assert.equal(answer.status, 200)
    await before.kill()
    await using after = await HearthProcess.start({ data: before.data })
    const { options } = (await (await fetch(after.url + OPTIONS, { headers })).json()) as OptionsAnswer
    assert.partialDeepStrictEqual(options, change)
  })

  test('that are wrong are refused as a whole, with every problem', async (t) => {
    const hearth = await start(t)
    const change = { temperature: 99, lm_hosts: ['ftp://nas', 'http://10.0.0.5:1234'], top_pp: 1, top_p: 0.5 }
    const { details, message } = await refused(hearth, change, 422, 'options_invalid')
    const problems = details['problems'] as string[]
    assert.equal(problems.length, 3, problems.join('\n'))
    assert.match(message, /temperature: /)
    assert.match(message, /lm_hosts\[0\]: expected an address such as http:/)
    assert.match(message, /top_pp: no such option; did you mean top_p/)
  })

  for (const [what, hosts] of Object.entries({
    text: 'http://10.0.0.5:1234',
    'a mapping': { main: 'http://10.0.0.5:1234' },
  })) {
    test(`name model servers as ${what}: the refusal shows the right form`, async (t) => {
      const hearth = await start(t)
      const { message } = await refused(hearth, { lm_hosts: hosts }, 422, 'options_invalid')
      assert.match(message, /lm_hosts: expected a list of addresses, such as \["http:/)
    })
  }

  test('with an address outside the home are refused, unless egress.allow has it', async (t) => {
    const hearth = await start(t)
    const change = {
      lm_hosts: ['http://10.0.0.5:1234', 'https://8.8.8.8'],
      embedding_base_path: 'http://[2600::1]',
    }
    const { details } = await refused(hearth, change, 422, 'options_invalid')
    assert.deepEqual(
      (details['problems'] as string[]).map((problem) => problem.split(':')[0]),
      ['lm_hosts[1]', 'embedding_base_path'],
    )
    const allowing = await start(t, { settings: { 'egress.allow': ['8.8.8.0/24', '2600::1'] } })
    assert.equal((await allowing.post(OPTIONS, change)).status, 200)
  })

  test('behind a lock stay until an admin takes it off, in a call of its own', async (t) => {
    const hearth = await start(t)
    const operate = await hearth.key('operate')
    const locks = { lock_hosts: true, lock_LMSTUDIO_BASE_PATH: true, lock_EMBEDDING_BASE_PATH: true }
    const locking = await hearth.post(OPTIONS, locks, { key: operate })
    assert.deepEqual(locking.json<OptionsAnswer>().locked, ['lm_hosts', 'embedding_base_path'])

    const hosts = { lm_hosts: ['http://10.0.0.5:1234'] }
    const { details } = await refused(hearth, hosts, 409, 'option_locked')
    assert.deepEqual(details['locks'], ['lock_hosts', 'lock_LMSTUDIO_BASE_PATH'])
    await refused(hearth, { embedding_base_path: 'http://10.0.0.5:1234' }, 409, 'option_locked')
    await refused(
      hearth,
      { ...hosts, lock_hosts: false, lock_LMSTUDIO_BASE_PATH: false },
      409,
      'option_locked',
    )
    await refused(hearth, { lock_hosts: false }, 403, 'unlock_needs_admin', operate)
    await refused(hearth, { lock_hosts: false, temperature: 1 }, 409, 'unlock_alone')
    const reset = await hearth.request(`${OPTIONS}/lock_hosts`, { method: 'DELETE', key: operate })
    assert.equal(reset.status, 403)

    // What a lock guards may be sent as it is, as a form that sends everything does.
    assert.equal((await hearth.post(OPTIONS, { lm_hosts: [], temperature: 1 }, { key: operate })).status, 200)
    assert.equal(
      (await hearth.post(OPTIONS, { lock_hosts: false, lock_LMSTUDIO_BASE_PATH: false })).status,
      200,
    )
    assert.equal((await hearth.post(OPTIONS, hosts, { key: operate })).status, 200)
  })

  test('that a flag or the environment fixes cannot be changed live', async (t) => {
    const host = await hostWith(t, 'm1')
    const hearth = await start(t, { hosts: [host.url], env: { HEARTH_TOP_P: '0.5' } })
    const { sources } = (await hearth.request(OPTIONS)).json<OptionsAnswer>()
    assert.deepEqual([sources.lm_hosts, sources.top_p], ['flag', 'env'])
    const flag = await refused(hearth, { lm_hosts: ['http://10.0.0.5:1234'] }, 409, 'option_fixed')
    assert.match(flag.message, /lm_hosts is fixed by --host-url/)
    const env = await refused(hearth, { top_p: 1 }, 409, 'option_fixed')
    assert.match(env.message, /top_p is fixed by the environment variable HEARTH_TOP_P/)
  })

  test('are read with view and changed with operate', async (t) => {
    const hearth = await start(t)
    for (const [scope, reading, writing] of [
      ['relay', 403, 403],
      ['view', 200, 403],
      ['operate', 200, 200],
    ] as const) {
      const key = await hearth.key(scope)
      assert.equal((await hearth.request(OPTIONS, { key })).status, reading)
      assert.equal((await hearth.post(OPTIONS, { temperature: 0.3 }, { key })).status, writing)
    }
  })

  test('swap hosts under a stream, which ends as it would have', async (t) => {
    const [old, next] = [await hostWith(t, 'm1'), await hostWith(t, 'm1')]
    const hearth = await start(t, { file: { lm_hosts: [old.url] } })
    const gate = new Gate()
    const [one, two] = [chatChunk('one'), chatChunk('two')]
    old.on(CHAT, [eventStreamHead(), body(one), waitFor(gate), body(two + DONE), finish()])
    next.on(CHAT, [json({ choices: [], from: 'next' })])
    const answer = await hearth.open(CHAT, streamingChat())
    const begun = await answer.upTo(one)
    assert.equal((await hearth.post(OPTIONS, { lm_hosts: [next.url] })).status, 200)
    assert.equal(
      (await hearth.unchecked(CHAT, { method: 'POST', body: chat() })).json<{ from: string }>().from,
      'next',
    )
    gate.open()
    assert.equal(begun + (await answer.rest()), one + two + DONE)
  })

  test('give requests that name none a temperature and a top_p, and leave the others alone', async (t) => {
    const host = await hostWith(t, 'm1')
    const hearth = await start(t, { hosts: [host.url] })
    host.on(CHAT, [json({ choices: [] })])
    const sent = async (fields: object) => {
      const index = host.requests.filter(({ path }) => path === CHAT).length
      await hearth.unchecked(CHAT, { method: 'POST', body: chat({ ...fields }) })
      const request = host.requests.filter(({ path }) => path === CHAT)[index]!
      const { temperature, top_p: topP } = JSON.parse(request.body.toString()) as Record<string, unknown>
      return [temperature, topP]
    }
    assert.deepEqual(await sent({}), [0.7, 0.9])
    assert.deepEqual(await sent({ temperature: 0, top_p: null }), [0, null])
    assert.equal((await hearth.post(OPTIONS, { temperature: 1.5, top_p: null })).status, 200)
    assert.deepEqual(await sent({}), [1.5, undefined])
  })

  test('give a model another name, for requests and in the list', async (t) => {
    const host = await hostWith(t, 'm1')
    const hearth = await start(t, { hosts: [host.url], settings: { temperature: null, top_p: null } })
    host.on(CHAT, [json({ choices: [] })])
    assert.equal((await hearth.post(OPTIONS, { aliases: { house: 'm1' } })).status, 200)
    const request =
      '{"messages":[{"role":"user","content":"model"}],"model" : "house","seed":18446744073709551615}'
    assert.equal((await hearth.unchecked(CHAT, { method: 'POST', body: request })).status, 200)
    const sent = host.requests.find(({ path }) => path === CHAT)!.body.toString()
    assert.equal(sent, request.replace('"house"', '"m1"'))
    assert.deepEqual(await modelsOf(hearth), ['m1', 'house'])
    const { message } = await refused(
      hearth,
      { aliases: { a: 'b', b: 'm1', c: 'c' } },
      422,
      'options_invalid',
    )
    assert.match(message, /aliases\.a: b is an alias too/)
    assert.match(message, /aliases\.c: names itself/)
  })

  test('are kept as they were named, also where a file or default gives the same today', async (t) => {
    const data = tempFolder()
    {
      await using hearth = await TestApp.start({ data })
      const answer = await hearth.post(OPTIONS, { top_p: 0.9, temperature: 0.2 })
      assert.equal(answer.json<OptionsAnswer>().sources.top_p, 'stored')
    }
    const again = await start(t, { data, file: { top_p: 0.4 } })
    assert.equal((await again.request(OPTIONS)).json<OptionsAnswer>().options.top_p, 0.9)
  })

  test('cannot bring in a model server past lock_hosts by way of the embeddings', async (t) => {
    const [chats, other] = [await hostWith(t, 'm1'), await hostWith(t, 'm1', 'm2')]
    const hearth = await start(t, { file: { lm_hosts: [chats.url], lock_hosts: true } })
    await refused(hearth, { embedding_base_path: other.url }, 409, 'option_locked')
  })

  test('with a password in an address are refused, and the password is kept nowhere', async (t) => {
    const hearth = await start(t)
    const change = { embedding_base_path: 'http://:canary-secret@10.0.0.5:9' }
    const { message } = await refused(hearth, change, 422, 'options_invalid')
    assert.doesNotMatch(message + hearth.log(), /canary-secret/)
  })

  test('that name a server for embeddings alone give it nothing else to answer', async (t) => {
    const [chats, vectors] = [await hostWith(t, 'm1'), await hostWith(t, 'm2')]
    const hearth = await start(t, { hosts: [chats.url] })
    vectors.on(CHAT, [json({ choices: [] })])
    assert.equal((await hearth.post(OPTIONS, { embedding_base_path: vectors.url })).status, 200)
    await until('its models', async () => (await modelsOf(hearth)).includes('m2'))
    const answer = await hearth.unchecked(CHAT, { method: 'POST', body: chat({ model: 'm2' }) })
    assert.equal(answer.status, 400)
    assert.match(answer.text, /capability_missing/)
  })

  test('send embeddings to the server that is named for them', async (t) => {
    const [chats, vectors] = [await hostWith(t, 'm1'), await hostWith(t, 'm1')]
    const hearth = await start(t, { hosts: [chats.url] })
    for (const host of [chats, vectors]) {
      host.on(EMBEDDINGS, [json({ data: [] })])
      host.on(CHAT, [json({ choices: [] })])
    }
    assert.equal((await hearth.post(OPTIONS, { embedding_base_path: `${vectors.url}/v1/` })).status, 200)
    const asked = (host: ScriptedHost, path: string) =>
      host.requests.filter((request) => request.path === path).length
    await until('the models of the new host', () =>
      vectors.requests.some(({ path }) => path === '/v1/models'),
    )
    for (let count = 1; count <= 3; count++) {
      await hearth.unchecked(EMBEDDINGS, { method: 'POST', body: { model: 'm1', input: 'x' } })
      await hearth.unchecked(CHAT, { method: 'POST', body: chat() })
    }
    assert.deepEqual([asked(vectors, EMBEDDINGS), asked(chats, EMBEDDINGS)], [3, 0])
    assert.deepEqual([asked(vectors, CHAT), asked(chats, CHAT)], [0, 3])
  })
})
