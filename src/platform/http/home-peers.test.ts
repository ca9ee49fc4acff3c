import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { isHomeAddress } from '#platform/fetch/index'
import { ManualClock } from '../../../test/contracts/manual-clock.ts'
import { HomePeers } from './home-peers.ts'

function entry(address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, internal, mac: '', netmask: '', cidr: null }
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' }
}

function peers(interfaces: Record<string, string[]>, clock = new ManualClock()) {
  let asked = 0
  const home = new HomePeers({
    clock,
    isHomeAddress,
    interfaces: () => {
      asked++
      return Object.fromEntries(
        Object.entries(interfaces).map(([name, addresses]) => [
          name,
          addresses.map((address) => entry(address, name === 'lo')),
        ]),
      )
    },
  })
  return { home, asked: () => asked }
}

test('the ranges of the home are home, in whatever clothing', () => {
  const { home, asked } = peers({})
  for (const address of [
    '127.0.0.1',
    '::1',
    '192.168.1.9',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    'fd00::1',
    '100.64.0.1',
  ])
    assert.ok(home.has(address), address)
  assert.equal(asked(), 0)
  for (const address of ['8.8.8.8', '::ffff:8.8.8.8', '2001:db8::1', '', 'localhost'])
    assert.ok(!home.has(address), address)
})

test('a neighbour with a global IPv6 address is home where the house also has private addresses', () => {
  const { home } = peers({ lo: ['127.0.0.1', '::1'], eth0: ['192.168.1.5', 'fe80::5', '2001:db8:1:2::5'] })
  assert.ok(home.has('2001:db8:1:2:aaaa::9'))
  assert.ok(!home.has('2001:db8:1:3::9'))
  assert.ok(!home.has('203.0.113.9'))
})

test('on a machine without private addresses, only the machine itself is home', () => {
  const { home } = peers({ lo: ['127.0.0.1'], eth0: ['203.0.113.5', 'fe80::5', '2001:db8:1:2::5'] })
  assert.ok(home.has('203.0.113.5'))
  assert.ok(home.has('::ffff:203.0.113.5'))
  assert.ok(home.has('2001:db8:1:2::5'))
  assert.ok(!home.has('203.0.113.6'))
  assert.ok(!home.has('2001:db8:1:2::6'))
})

test('private addresses of another interface do not make a public network the house', () => {
  const { home } = peers({ docker0: ['172.17.0.1'], eth0: ['2001:db8:1:2::5'] })
  assert.ok(!home.has('2001:db8:1:2::6'))
})

test('the system is asked for its addresses only now and then', () => {
  const clock = new ManualClock()
  const interfaces: Record<string, string[]> = { eth0: ['192.168.1.5'] }
  const { home, asked } = peers(interfaces, clock)
  for (let times = 0; times < 100; times++) assert.ok(!home.has('2001:db8::9'))
  assert.equal(asked(), 1)
  interfaces.eth0!.push('2001:db8::5')
  clock.advance(6_000)
  assert.ok(home.has('2001:db8::9'))
})
