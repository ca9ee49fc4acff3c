import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ManualClock } from '../../test/contracts/manual-clock.ts'
import { TakenAddresses } from './taken-addresses.ts'

test('a configured host is known by name, by address, and by every address of this machine', async () => {
  const taken = new TakenAddresses({ clock: new ManualClock() })
  await taken.refresh(
    [
      'http://localhost:11434',
      'http://192.168.1.20:1234/api',
      'https://192.168.1.21',
      'http://[fd00::9]:8000',
      'http://0.0.0.0:8080',
      'no address',
    ],
    new Set(['127.0.0.1', '::1', '192.168.1.5']),
  )
  for (const [address, port] of [
    ['127.0.0.1', 11434],
    ['::1', 11434],
    ['192.168.1.5', 11434],
    ['192.168.1.20', 1234],
    ['192.168.1.21', 443],
    ['fd00::9', 8000],
    ['192.168.1.5', 8080],
  ] as const)
    assert.ok(taken.has({ address, port }), `${address} ${port}`)
  for (const [address, port] of [
    ['127.0.0.1', 1234],
    ['192.168.1.20', 11434],
    ['192.168.1.21', 80],
    ['192.168.1.6', 8080],
  ] as const)
    assert.ok(!taken.has({ address, port }), `${address} ${port}`)
})

test('a name that cannot be looked up takes nothing', async () => {
  const taken = new TakenAddresses({ clock: new ManualClock() })
  await taken.refresh(['http://no-such-name.invalid:1234'], new Set())
  assert.ok(!taken.has({ address: '127.0.0.1', port: 1234 }))
})
