import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { eventStream, json } from '../fakes/script.ts'
import { DONE } from '../fakes/sse.ts'
import type { Answer } from '../harness/answers.ts'
import type { RequestOptions } from '../harness/test-app.ts'
import { CHAT, chat, House, streamingChat } from '../relay/house.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'

/** One request for each way an answer can come about. */
const WAYS: Record<string, { path: string; options: RequestOptions; status: number }> = {
  'a relayed answer': { path: CHAT, options: { method: 'POST', body: chat() }, status: 200 },
  'a stream': { path: CHAT, options: { method: 'POST', body: streamingChat() }, status: 200 },
  'an error of a host': { path: CHAT, options: { method: 'POST', body: chat({ fail: true }) }, status: 418 },
  'an error of the relay': {
    path: CHAT,
    options: { method: 'POST', body: chat({ model: 'none' }) },
    status: 404,
  },
  'a missing key': { path: CHAT, options: { method: 'POST', body: chat(), key: null }, status: 401 },
  'a route': { path: '/health', options: {}, status: 200 },
  'a page': { path: '/docs', options: {}, status: 200 },
  'a redirect': { path: '/', options: {}, status: 302 },
  metrics: { path: '/metrics', options: {}, status: 200 },
  'an error of a route': { path: '/api/keys', options: { method: 'POST', body: {} }, status: 400 },
  'no route': { path: '/nowhere', options: {}, status: 404 },
  'a refused name': { path: '/health', options: { headers: { host: 'evil.example' } }, status: 421 },
  'a refused origin': {
    path: '/health',
    options: { headers: { origin: 'http://evil.example' } },
    status: 403,
  },
}

suite('the correlation id', () => {
  test('is on every answer, made by Hearth where the caller gives none', async () => {
    await using house = await scripted()
    const seen = new Set<string>()
    for (const [way, { path, options, status }] of Object.entries(WAYS)) {
      const answer = await house.hearth.unchecked(path, options)
      assert.equal(answer.status, status, way)
      const { correlation, request } = idsOf(answer)
      assert.match(correlation, /^[\da-f]{32}$/, way)
      assert.equal(request, correlation, way)
      seen.add(correlation)
    }
    assert.equal(seen.size, Object.keys(WAYS).length)
  })

  test("echoes the caller's own, and keeps the trace id beside it", async () => {
    await using house = await scripted()
    const headers = { 'x-correlation-id': 'Mine-42', traceparent: `00-${TRACE}-b7ad6b7169203331-01` }
    for (const [way, { path, options, status }] of Object.entries(WAYS)) {
      const answer = await house.hearth.unchecked(path, {
        ...options,
        headers: { ...headers, ...options.headers },
      })
      assert.equal(answer.status, status, way)
      assert.deepEqual(idsOf(answer), { correlation: 'Mine-42', request: TRACE }, way)
    }
  })

  test('is not taken over from what is malformed', async () => {
    await using house = await scripted()
    const bad = ['', 'a b', 'a_b', 'x'.repeat(65), 'é', 'a;b', '<script>', '../etc']
    for (const id of bad) {
      const { correlation, request } = idsOf(
        await house.hearth.request('/health', { headers: { 'x-correlation-id': id } }),
      )
      assert.match(correlation, /^[\da-f]{32}$/, id)
      assert.equal(request, correlation)
    }
    assert.equal(
      idsOf(await house.hearth.request('/health', { headers: { 'x-correlation-id': 'x'.repeat(64) } }))
        .correlation.length,
      64,
    )
    for (const traceparent of [
      '',
      'nonsense',
      `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
      `00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`,
      `00-${TRACE}`,
    ]) {
      const { request } = idsOf(await house.hearth.request('/health', { headers: { traceparent } }))
      assert.match(request, /^[\da-f]{32}$/)
      assert.notEqual(request, TRACE, traceparent)
      assert.notEqual(request, '0'.repeat(32))
    }
  })

  test('is on the log line and in the error body', async () => {
    await using house = await scripted('info')
    const headers = { 'x-correlation-id': 'Mine-42', traceparent: `00-${TRACE}-b7ad6b7169203331-01` }
    const answer = await house.hearth.post('/api/keys', {}, { headers })
    assert.equal(answer.json<{ error: { correlation_id: string } }>().error.correlation_id, TRACE)
    await house.hearth.post(CHAT, chat(), { headers })
    const lines = house.hearth
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const requests = lines.filter(({ msg, correlation_id: id }) => msg === 'request' && id === TRACE)
    assert.deepEqual(
      requests.map(({ route, status, caller_correlation_id: own }) => [route, status, own]),
      [
        ['/api/keys', 400, 'Mine-42'],
        [CHAT, 200, 'Mine-42'],
      ],
    )
  })
})

async function scripted(logLevel: 'silent' | 'info' = 'silent'): Promise<House> {
  const house = await House.start({ logLevel })
  house.host.on(CHAT, (request) => {
    const { stream, fail } = request.json() as { stream?: boolean; fail?: boolean }
    if (fail === true)
      return [json({ error: 'teapot' }, { status: 418, headers: { 'x-correlation-id': 'of-the-host' } })]
    return stream === true ? eventStream(DONE) : [json({ choices: [] })]
  })
  return house
}

function idsOf({ headers }: Answer): { correlation: string; request: string } {
  return { correlation: String(headers['x-correlation-id']), request: String(headers['x-request-id']) }
}
