import assert from 'node:assert/strict'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openLog } from '#platform/log/index'
import { body, end, eventStream, eventStreamHead, json, raw } from '../fakes/script.ts'
import { chatChunk, DONE, finishChunk } from '../fakes/sse.ts'
import { TestApp } from '../harness/test-app.ts'
import { CHAT, chat, COMPLETIONS, EMBEDDINGS, House, streamingChat } from '../relay/house.ts'

const PROMPT = 'planted-prompt-of-the-owner'
const REPLY = 'planted-reply-of-the-model'
const HOST_KEY = 'planted-key-of-the-host-0123456789'
const GUESS = 'hearth_planted-guess-of-a-stranger-0123456789'
const COOKIE = 'planted-session-of-a-browser'
const CREDENTIALS = 'planted-user:planted-password'
const QUERY = 'planted-secret-in-a-query'

/** Does everything a caller can do that touches something secret, well and badly; returns what Hearth said of its own. */
async function useEverything(house: House): Promise<{ said: string[]; secrets: string[] }> {
  const { hearth, host } = house
  const said: string[] = []
  const keep = async (answer: Promise<{ text: string }>) => void said.push((await answer).text)
  const messages = [{ role: 'user', content: PROMPT }]
  const whole = { choices: [{ message: { content: REPLY } }] }

  host.on(CHAT, (request) =>
    (request.json() as { stream?: boolean }).stream === true
      ? eventStream(chatChunk(REPLY), finishChunk('stop'), DONE)
      : [json(whole)],
  )
  const made = await hearth.newKey('admin', 'person')
  await hearth.post(CHAT, chat({ messages }), { key: made.key })
  await hearth.post(CHAT, streamingChat({ messages }), { key: null, headers: { 'x-api-key': made.key } })

  // Failures of every kind, each with something planted in it.
  host.on(CHAT, [eventStreamHead(), body(chatChunk(REPLY)), end()])
  await hearth.post(CHAT, streamingChat({ messages }))
  host.on(CHAT, [raw(`HTTP/1.1 200 OK\r\ncontent-length: ${REPLY}\r\n\r\n`), end()])
  await keep(hearth.post(CHAT, chat({ messages })))
  host.on(CHAT, [json({ error: { message: REPLY } }, { status: 500 })])
  await hearth.unchecked(CHAT, { method: 'POST', body: chat({ messages }) })
  await keep(hearth.post(CHAT, chat({ messages: PROMPT })))
  await keep(hearth.post(CHAT, `{"model":"m1","messages":[{"role":"user","content":"${PROMPT}`))
  await keep(hearth.post(CHAT, chat({ temperature: PROMPT })))
  await keep(hearth.post(COMPLETIONS, { model: 'm1', prompt: { PROMPT } }))
  await keep(hearth.post(EMBEDDINGS, { model: 'm1', input: 5, user: PROMPT }))
  await keep(hearth.post(CHAT, chat({ messages }), { key: GUESS }))
  await keep(
    hearth.request('/api/whoami', {
      key: null,
      headers: { authorization: `Basic ${Buffer.from(CREDENTIALS).toString('base64')}` },
    }),
  )
  await keep(hearth.request('/api/whoami', { key: null, headers: { cookie: `hearth_session=${COOKIE}` } }))
  await keep(hearth.request(`/api/whoami?key=${QUERY}&token=${QUERY}`, { key: null }))
  await keep(hearth.request(`/nowhere/?sig=${QUERY}`))
  await keep(hearth.request(`/http://${CREDENTIALS}@home/`))
  await keep(
    hearth.request('/health', {
      headers: { host: `${QUERY}.example`, origin: `http://${CREDENTIALS}@evil.example` },
    }),
  )
  await keep(hearth.post('/api/keys', { name: 5, secret: made.key }))
  await keep(hearth.request(`/api/keys/${made.id}`))
  const link = (await hearth.post('/api/login-links', undefined, { key: made.key })).json<{ token: string }>()
    .token
  const session = await hearth.post('/api/login', { token: link }, { key: null })
  const cookie = String(session.headers['set-cookie']).split(';', 1)[0]!
  await keep(hearth.post('/api/login', { token: link }, { key: null }))
  await hearth.request('/api/status', { key: null, headers: { cookie } })
  await hearth.request(`/api/keys/${made.id}`, { method: 'DELETE' })
  await keep(hearth.request('/api/whoami', { key: made.key }))
  await host.stop()
  await keep(hearth.post(CHAT, chat({ messages })))
  return { said, secrets: [made.key, link, cookie.split('=')[1]!, hearth.adminKey] }
}

suite('secrets and content', () => {
  test('reach no log line, no metric, no status and no error of Hearth', async () => {
    await using house = await House.start({ logLevel: 'debug', host: { key: HOST_KEY } })
    const { said, secrets } = await useEverything(house)
    const places = {
      log: house.hearth.log(),
      metrics: (await house.hearth.request('/metrics')).text,
      status: (await house.hearth.request('/api/status')).text,
      'list of keys': (await house.hearth.request('/api/keys')).text,
      errors: said.join('\n'),
    }
    assert.ok(places.log.split('\n').length > 25, 'there is a log')
    assert.match(places.errors, /key_unknown/)
    const planted = [
      PROMPT,
      REPLY,
      HOST_KEY,
      GUESS,
      COOKIE,
      CREDENTIALS,
      'planted-password',
      QUERY,
      ...secrets,
    ]
    for (const [place, text] of Object.entries(places)) {
      for (const secret of planted) {
        assert.ok(!text.includes(secret), `${secret} stands in the ${place}: ${lineWith(text, secret)}`)
        const encoded = Buffer.from(secret).toString('base64').replace(/=+$/, '')
        assert.ok(!text.includes(encoded), `${secret} stands in the ${place}, encoded`)
      }
    }
  })

  test('of a configuration reach no log line when Hearth starts', async () => {
    await using hearth = await TestApp.start({
      logLevel: 'debug',
      hosts: [{ url: 'http://no-such-host.invalid:1', key: HOST_KEY }],
    })
    await hearth.post(CHAT, chat())
    assert.match(hearth.log(), /hearth is ready/)
    assert.ok(!hearth.log().includes(HOST_KEY))
    assert.ok(!hearth.log().includes(hearth.adminKey))
  })

  test('that slip into a log line all the same are taken out of it', async () => {
    await using hearth = await TestApp.start()
    const file = join(hearth.data, 'slips.log')
    const log = openLog('info', openSync(file, 'a'))
    const error = new Error(`GET http://${CREDENTIALS}@home/ failed`, {
      cause: new Error(`Authorization: Bearer ${GUESS}`),
    })
    log.warn(
      { url: `https://${CREDENTIALS}@home/x?token=${QUERY}`, header: `bearer ${HOST_KEY}` },
      `key ${GUESS}`,
    )
    log.child({ key: GUESS }).error({ err: error }, 'slipped')
    log.flush()
    const text = readFileSync(file, 'utf8')
    assert.equal(text.trim().split('\n').length, 2)
    for (const secret of ['planted-password', GUESS, QUERY, HOST_KEY])
      assert.ok(!text.includes(secret), lineWith(text, secret))
    for (const line of text.trim().split('\n')) assert.ok(JSON.parse(line))
  })

  test('an address with credentials in it is no address of a host, and the refusal does not repeat them', async () => {
    const started = TestApp.start({ hosts: [`http://${CREDENTIALS}@127.0.0.1:1`] })
    await assert.rejects(
      started,
      (error: Error) => !error.message.includes('planted-password') && /hosts\[0\]\.url/.test(error.message),
    )
  })
})

function lineWith(text: string, secret: string): string {
  return text.split('\n').find((line) => line.includes(secret)) ?? ''
}
