import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { TestApp, type RequestOptions } from '../harness/test-app.ts'

const HTTPS = { 'x-forwarded-for': '192.168.1.9', 'x-forwarded-proto': 'https' }

async function login(hearth: TestApp, headers: Record<string, string>): Promise<string> {
  const link = (await hearth.post('/api/login-links', {})).json<{ token: string }>()
  const answer = await hearth.post('/api/login', { token: link.token }, { headers, key: null })
  assert.equal(answer.status, 200, answer.text)
  return String(answer.headers['set-cookie'])
}

function statusOf(
  hearth: TestApp,
  headers: Record<string, string>,
  options: RequestOptions = {},
): Promise<number> {
  return hearth.request('/health', { headers, ...options }).then(({ status }) => status)
}

/** Fails with wrong keys until the address is told to stop; says after how many. */
async function failuresUntilLimited(hearth: TestApp, headersOf: (times: number) => Record<string, string>) {
  for (let times = 1; times <= 60; times++) {
    const headers = headersOf(times)
    if ((await hearth.request('/api/status', { key: 'wrong', headers })).status === 429) return times
  }
  return undefined
}

suite('behind a trusted proxy', () => {
  const settings = { trusted_proxies: ['127.0.0.1'] }

  test('a login over https gives a cookie that only travels over https', async () => {
    await using hearth = await TestApp.start({ settings })
    assert.match(await login(hearth, HTTPS), /; Secure/)
    assert.doesNotMatch(await login(hearth, { ...HTTPS, 'x-forwarded-proto': 'http' }), /Secure/)
    assert.doesNotMatch(await login(hearth, { 'x-forwarded-for': '192.168.1.9' }), /Secure/)
    // The nearest proxy's word counts, not what the caller wrote before it.
    assert.doesNotMatch(await login(hearth, { ...HTTPS, 'x-forwarded-proto': 'https, http' }), /Secure/)
  })

  test('a caller from outside the home is refused, however it tries to look like one of the home', async () => {
    await using hearth = await TestApp.start({ settings, logLevel: 'warn' })
    for (const forwarded of [
      '203.0.113.9',
      '192.168.1.9, 203.0.113.9',
      '127.0.0.1,203.0.113.9',
      '[2001:db8::9]:443',
    ]) {
      const answer = await hearth.request('/health', { headers: { 'x-forwarded-for': forwarded } })
      assert.equal(answer.status, 403, forwarded)
      assert.equal(answer.json<{ error: { code: string } }>().error.code, 'peer_refused')
    }
    assert.equal(await statusOf(hearth, { 'x-forwarded-for': '203.0.113.9, 192.168.1.9' }), 200)
    assert.equal(await statusOf(hearth, { 'x-forwarded-for': '192.168.1.9, 127.0.0.1' }), 200)
    assert.equal(await statusOf(hearth, {}), 200)
    assert.match(hearth.log(), /"peer":"203\.0\.113\.9"/)
    assert.match((await hearth.request('/metrics')).text, /^hearth_peers_refused_total 4$/m)
  })

  test('with allow_public_peers it is answered', async () => {
    await using hearth = await TestApp.start({ settings: { ...settings, allow_public_peers: true } })
    assert.equal(await statusOf(hearth, { 'x-forwarded-for': '203.0.113.9' }), 200)
  })

  test('a list that cannot be read is refused, not guessed at', async () => {
    await using hearth = await TestApp.start({ settings })
    for (const forwarded of ['unknown', '192.168.1.9, nonsense', ','])
      assert.equal(await statusOf(hearth, { 'x-forwarded-for': forwarded }), 400, forwarded)
  })

  test('failed keys count for the caller, not for the proxy', async () => {
    await using hearth = await TestApp.start({ settings })
    const one = () => ({ 'x-forwarded-for': '192.168.1.9' })
    assert.equal(await failuresUntilLimited(hearth, one), 51)
    const answer = await hearth.request('/api/status', {
      key: 'wrong',
      headers: { 'x-forwarded-for': '192.168.1.10' },
    })
    assert.equal(answer.status, 401)
    // What a caller puts before its own address gives it no fresh start.
    const spoofing = (times: number) => ({ 'x-forwarded-for': `10.9.9.${times}, 192.168.1.9` })
    assert.equal(await failuresUntilLimited(hearth, spoofing), 1)
  })

  test('the name the caller used is the one that is checked', async () => {
    await using hearth = await TestApp.start({ settings: { ...settings, allowed_hosts: ['hearth.example'] } })
    const through = (host: string) => ({ ...HTTPS, host: 'hearth', 'x-forwarded-host': host })
    assert.equal(await statusOf(hearth, through('hearth.example')), 200)
    assert.equal(await statusOf(hearth, through('evil.example')), 421)
    assert.equal(await statusOf(hearth, through('hearth.example, evil.example')), 421)
    const page = { ...through('hearth.example'), origin: 'https://hearth.example' }
    assert.equal(await statusOf(hearth, page), 200)
    assert.equal(await statusOf(hearth, { ...page, origin: 'https://evil.example' }), 403)
  })
})

suite('without a trusted proxy', () => {
  test('nothing that is said about callers is believed', async () => {
    await using hearth = await TestApp.start({ settings: { trusted_proxies: ['127.0.0.2', 'fd00::/8'] } })
    assert.doesNotMatch(await login(hearth, HTTPS), /Secure/)
    assert.equal(await statusOf(hearth, { 'x-forwarded-for': '203.0.113.9' }), 200)
    assert.equal(await statusOf(hearth, { 'x-forwarded-for': 'nonsense' }), 200)
    assert.equal(await statusOf(hearth, { host: 'evil.example', 'x-forwarded-host': 'localhost' }), 421)
    assert.equal(await statusOf(hearth, { host: 'localhost', 'x-forwarded-host': 'evil.example' }), 200)
    const spoofing = (times: number) => ({ 'x-forwarded-for': `192.168.7.${times}` })
    assert.equal(await failuresUntilLimited(hearth, spoofing), 51)
  })
})
