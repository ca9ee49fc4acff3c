import assert from 'node:assert/strict'
import type { NetworkInterfaceInfo } from 'node:os'
import { test } from 'node:test'
import { lanCandidates } from './lan-candidates.ts'
import { ownAddresses, ownNetworks } from './own-networks.ts'
import { subnetAddresses } from './subnet-addresses.ts'

function entry(cidr: string, internal = false): NetworkInterfaceInfo {
  const address = cidr.split('/')[0]!
  const common = { address, cidr, internal, mac: '02:00:00:00:00:01', netmask: '' }
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' }
}

const networksOf = (interfaces: Record<string, string[]>) =>
  ownNetworks(
    Object.fromEntries(
      Object.entries(interfaces).map(([name, cidrs]) => [name, cidrs.map((cidr) => entry(cidr))]),
    ),
  )

test('only private networks are the house', () => {
  const networks = networksOf({
    eth0: ['192.168.1.5/24', '203.0.113.5/24', 'fd00:1::5/64', 'fe80::5/64', '2001:db8::5/64'],
    wlan0: ['10.0.0.7/8', '172.31.0.7/16', '172.32.0.7/16', '100.64.0.7/10', '169.254.3.4/16'],
  })
  assert.deepEqual(
    networks.map(({ name, address, prefix }) => `${name} ${address}/${prefix}`),
    ['eth0 192.168.1.5/24', 'eth0 fd00:1::5/64', 'wlan0 10.0.0.7/8', 'wlan0 172.31.0.7/16'],
  )
})

test('bridges of containers, tunnels, loopback and single addresses are left out', () => {
  const left = networksOf({
    docker0: ['172.17.0.1/16'],
    'br-0123456789ab': ['172.18.0.1/16'],
    virbr0: ['192.168.122.1/24'],
    tailscale0: ['10.1.0.1/24'],
    wg0: ['10.2.0.1/24'],
    tun0: ['10.3.0.1/24'],
    ppp0: ['10.4.0.1/32'],
    eth9: ['10.5.0.1/31', '10.6.0.1/32'],
  })
  assert.deepEqual(left, [])
  assert.deepEqual(ownNetworks({ lo: [entry('10.9.9.9/24', true)] }), [])
  // A bridge that somebody made for the house is the house.
  assert.equal(networksOf({ br0: ['192.168.1.5/24'] }).length, 1)
})

test('a network knows who is on it', () => {
  const [network] = networksOf({ eth0: ['192.168.1.5/24'] })
  assert.ok(network!.contains('192.168.1.200'))
  assert.ok(!network!.contains('192.168.2.200'))
  assert.ok(!network!.contains('8.8.8.8'))
})

test('every other address of a small network is looked at', () => {
  const [network] = networksOf({ eth0: ['192.168.1.5/29'] })
  assert.deepEqual(subnetAddresses(network!, 22), [
    '192.168.1.1',
    '192.168.1.2',
    '192.168.1.3',
    '192.168.1.4',
    '192.168.1.6',
  ])
})

test('a /22 is looked at whole, a larger network only in the /24 around this machine', () => {
  const whole = subnetAddresses(networksOf({ eth0: ['192.168.5.5/22'] })[0]!, 22)
  assert.equal(whole.length, 1021)
  assert.deepEqual([whole[0], whole.at(-1)], ['192.168.4.1', '192.168.7.254'])

  const part = subnetAddresses(networksOf({ eth0: ['10.20.30.40/8'] })[0]!, 22)
  assert.equal(part.length, 253)
  assert.deepEqual([part[0], part.at(-1)], ['10.20.30.1', '10.20.30.254'])
  assert.ok(!part.includes('10.20.30.40'))
})

test('IPv6 networks are not looked through', () => {
  assert.deepEqual(subnetAddresses(networksOf({ eth0: ['fd00:1::5/64'] })[0]!, 22), [])
})

test('a machine on a network twice looks at it once, and never at itself', () => {
  const interfaces = { eth0: [entry('192.168.1.5/29')], wlan0: [entry('192.168.1.6/29')] }
  const candidates = lanCandidates(
    ownNetworks(interfaces),
    ownAddresses(interfaces),
    [
      { port: 1, engine: 'a', onLan: true },
      { port: 2, engine: 'b', onLan: false },
    ],
    22,
  )
  assert.deepEqual(
    candidates.map(({ address, port }) => `${address} ${port}`),
    ['192.168.1.1 1', '192.168.1.2 1', '192.168.1.3 1', '192.168.1.4 1'],
  )
})
