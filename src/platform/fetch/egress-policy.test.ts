import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import type { AddressInfo } from 'node:net'
import { EgressPolicy } from './egress-policy.ts'
import { isHomeAddress } from './home-addresses.ts'
import { HostPool } from './host-pool.ts'
import { exchangeSmall } from './outbound.ts'

test('loopback, private, shared, unique-local and link-local addresses are home', () => {
  for (const home of [
    '127.0.0.1',
    '127.9.9.9',
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '169.254.1.1',
    '::1',
    'fd00::1',
    'fe80::1%eth0',
    '::ffff:192.168.1.1',
  ]) {
    assert.ok(isHomeAddress(home), home)
  }
  for (const away of [
    '8.8.8.8',
    '172.32.0.1',
    '100.128.0.1',
    '192.169.0.1',
    '2001:4860:4860::8888',
    '::ffff:8.8.8.8',
    'localhost',
    '',
  ]) {
    assert.ok(!isHomeAddress(away), away)
  }
})

test('an address outside the home needs its name, itself or its range on the list', () => {
  const policy = new EgressPolicy(['api.example.com', '203.0.113.7', '198.51.100.0/24', '2001:db8::/32'])
  assert.ok(policy.allows('API.example.com', '8.8.8.8'))
  assert.ok(policy.allows('x', '203.0.113.7'))
  assert.ok(policy.allows('x', '198.51.100.200'))
  assert.ok(policy.allows('x', '2001:db8::5'))
  assert.ok(!policy.allows('x', '203.0.113.8'))
  assert.throws(() => policy.check('evil.example', '8.8.8.8'), {
    code: 'egress_denied',
    message: /evil\.example resolves to 8\.8\.8\.8/,
  })
})

test('a connection to an address outside the home is refused before it is made', async () => {
  const pool = new HostPool({ origin: 'http://8.8.8.8', policy: new EgressPolicy([]) })
  await assert.rejects(exchangeSmall(pool, { path: '/', timeoutMs: 2_000 }), { code: 'egress_denied' })
  await pool.close()
})

test('a name that resolves to the home is called', async () => {
  const server = createServer((_request, response) => response.end('hello'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const pool = new HostPool({ origin: `http://localhost:${port}`, policy: new EgressPolicy([]) })
  const answer = await exchangeSmall(pool, { path: '/', timeoutMs: 2_000 })
  assert.equal(answer.body.toString(), 'hello')
  await pool.close()
  server.close()
})
