import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { within } from '../fakes/within.ts'
import { TestApp } from '../harness/test-app.ts'

/** Sends these bytes and returns all that comes back until the connection ends. */
async function exchange(
  hearth: TestApp,
  bytes: string,
): Promise<{ head: string; error: Record<string, string> }> {
  const { hostname, port } = new URL(hearth.url)
  const socket = connect(Number(port), hostname)
  let answer = ''
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text))
  socket.write(bytes)
  await within(5_000, 'the end of the answer', once(socket, 'end'))
  const [head, body] = answer.split('\r\n\r\n')
  assert.match(head!, /content-type: application\/json; charset=utf-8/i)
  return { head: head!, error: (JSON.parse(body!) as { error: Record<string, string> }).error }
}

test('bytes that are no request are answered with what to do', async () => {
  await using hearth = await TestApp.start()
  for (const bytes of [
    'NONSENSE\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'GET / HTTP/1.1\r\nno header\r\n\r\n',
  ]) {
    const { head, error } = await exchange(hearth, bytes)
    assert.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/)
    assert.deepEqual(Object.keys(error), ['code', 'message', 'type'])
    assert.equal(error.code, 'request_malformed')
    assert.match(error.message!, /Send HTTP\/1\.1/)
  }
})

test('headers that are too large are said to be', async () => {
  await using hearth = await TestApp.start()
  const { head, error } = await exchange(
    hearth,
    `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
  )
  assert.match(head, /^HTTP\/1\.1 413 /)
  assert.equal(error.code, 'headers_too_large')
})

test('an expectation nobody knows is refused with its name, after who asks was looked at', async () => {
  await using hearth = await TestApp.start()
  const request = (host: string, expect: string): string =>
    `GET /health HTTP/1.1\r\nHost: ${host}\r\nExpect: ${expect}\r\nConnection: close\r\n\r\n`
  const { head, error } = await exchange(hearth, request('localhost', 'something'))
  assert.match(head, /^HTTP\/1\.1 417 /)
  assert.match(head, /x-correlation-id: [\da-f]{32}/i)
  assert.equal(error.code, 'expectation_unknown')
  assert.equal((await exchange(hearth, request('evil.example', 'something'))).error.code, 'host_refused')
})

test('a request without a Host is told what is missing', async () => {
  await using hearth = await TestApp.start()
  const { head, error } = await exchange(hearth, 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n')
  assert.match(head, /^HTTP\/1\.1 421 /)
  assert.equal(error.code, 'host_refused')
})

test('a request that names two hosts, or another in its target, is refused', async () => {
  await using hearth = await TestApp.start()
  const code = async (target: string, ...hosts: string[]): Promise<string | undefined> => {
    const lines = hosts.map((host) => `Host: ${host}\r\n`).join('')
    return (await exchange(hearth, `GET ${target} HTTP/1.1\r\n${lines}Connection: close\r\n\r\n`)).error.code
  }
  assert.equal(await code('/absent', 'localhost', 'evil.example'), 'host_ambiguous')
  assert.equal(await code('/absent', 'evil.example', 'localhost'), 'host_ambiguous')
  assert.equal(await code('http://evil.example/absent', 'localhost'), 'host_refused')
  assert.equal(await code('http://localhost@evil.example/absent', 'localhost'), 'host_refused')
  const fine = await code('http://localhost/absent', 'localhost')
  assert.ok(fine !== undefined && !fine.startsWith('host_'), fine)
})
