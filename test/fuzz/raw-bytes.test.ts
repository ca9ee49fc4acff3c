import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { within } from '../fakes/within.ts'
import { TestApp } from '../harness/test-app.ts'
import { Random } from './random.ts'

const CONNECTIONS = 300
const SEED = Number(process.env['HEARTH_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32))

/** Requests that a client library would not send; each is cut, doubled or spoilt at random. */
const BEGINNINGS = [
  'GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /health HTTP/1.0\r\n\r\n',
  'GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'CONNECT evil.example:443 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'GET /health HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'GET /health HTTP/1.1\r\n\r\n',
  'POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'POST /api/keys HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n',
  'POST /api/keys HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
  'POST /api/keys HTTP/1.1\r\nHost: localhost\r\nExpect: something\r\n\r\n',
  `GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`,
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
]

test(`${CONNECTIONS} connections of bytes that are hardly HTTP end, and Hearth lives on`, async (context) => {
  context.diagnostic(`replay with HEARTH_FUZZ_SEED=${SEED}`)
  await using hearth = await TestApp.start()
  const { hostname, port } = new URL(hearth.url)
  for (let index = 0; index < CONNECTIONS; index++) {
    const random = new Random(SEED + index)
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.on('data', (bytes: Buffer) => (answer += bytes.toString('latin1')))
    socket.on('error', () => undefined)
    socket.end(spoilt(random.pick(BEGINNINGS), random))
    await within(10_000, `connection ${index} of seed ${SEED} to end`, once(socket, 'close'))
    assert.match(answer, /^(HTTP\/1\.1 (200|[34]\d\d) |$)/, `connection ${index} of seed ${SEED}`)
  }
  assert.equal((await hearth.request('/health')).status, 200)
})

function spoilt(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  const dice = random.next()
  if (dice < 0.3) return bytes
  if (dice < 0.5) return bytes.subarray(0, random.below(bytes.length))
  if (dice < 0.6) return Buffer.concat([bytes, bytes])
  for (let change = 0; change <= random.below(5); change++)
    bytes[random.below(bytes.length)] = random.below(256)
  return bytes
}
