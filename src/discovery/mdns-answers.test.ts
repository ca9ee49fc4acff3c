import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode, type Answer } from 'dns-packet'
import { MdnsAnswers } from './mdns-answers.ts'
import { ownNetworks } from './own-networks.ts'

const SERVICE = '_ollama._tcp.local'
const NETWORKS = ownNetworks({
  eth0: [
    {
      family: 'IPv4',
      address: '192.168.1.5',
      cidr: '192.168.1.5/24',
      internal: false,
      mac: '',
      netmask: '',
    },
    {
      family: 'IPv6',
      address: 'fd00:1::5',
      cidr: 'fd00:1::5/64',
      internal: false,
      mac: '',
      netmask: '',
      scopeid: 0,
    },
  ],
})
const OWN = new Set(['192.168.1.5', 'fd00:1::5', '127.0.0.1'])

const ptr = (instance: string, service = SERVICE): Answer => ({ type: 'PTR', name: service, data: instance })
const srv = (name: string, target: string, port: number): Answer => ({
  type: 'SRV',
  name,
  data: { target, port },
})
const a = (name: string, data: string): Answer => ({ type: 'A', name, data })
const aaaa = (name: string, data: string): Answer => ({ type: 'AAAA', name, data })

const response = (answers: Answer[], additionals: Answer[] = []): Buffer =>
  encode({ type: 'response', answers, additionals })

function heard(...packets: Buffer[]): MdnsAnswers {
  const answers = new MdnsAnswers()
  for (const packet of packets) answers.add(packet)
  return answers
}

const urls = (answers: MdnsAnswers): string[] =>
  answers.candidates(NETWORKS, OWN).map(({ address, port }) => `${address} ${port}`)

test('a published server is where its records say, in whatever packets and order they come', () => {
  const name = `GPU Box.${SERVICE}`
  assert.deepEqual(
    urls(
      heard(
        response([a('gpu.local', '192.168.1.20'), srv(name, 'GPU.local', 9999)], [ptr(name.toUpperCase())]),
      ),
    ),
    ['192.168.1.20 9999'],
  )
  assert.deepEqual(
    urls(
      heard(
        response([ptr(name)]),
        response([srv(name, 'gpu.local', 9999)]),
        response([a('gpu.local', '192.168.1.20')]),
      ),
    ),
    ['192.168.1.20 9999'],
  )
})

test('what is missing is asked for', () => {
  const name = `box.${SERVICE}`
  assert.deepEqual(heard(response([ptr(name)])).missing(), [{ name, type: 'SRV' }])
  assert.deepEqual(heard(response([ptr(name), srv(name, 'box.local', 1)])).missing(), [
    { name: 'box.local', type: 'A' },
    { name: 'box.local', type: 'AAAA' },
  ])
  assert.deepEqual(
    heard(response([ptr(name), srv(name, 'box.local', 1), a('box.local', '192.168.1.9')])).missing(),
    [],
  )
})

test('a server with IPv4 and IPv6 is one server', () => {
  const name = `box.${SERVICE}`
  const both = [aaaa('box.local', 'fd00:1::9'), a('box.local', '192.168.1.9')]
  assert.deepEqual(urls(heard(response([ptr(name), srv(name, 'box.local', 1)], both))), ['192.168.1.9 1'])
  assert.deepEqual(urls(heard(response([ptr(name), srv(name, 'box.local', 1)], both.slice(0, 1)))), [
    'fd00:1::9 1',
  ])
})

test('addresses that are public, foreign, loopback or our own are never taken', () => {
  for (const address of [
    '203.0.113.7',
    '8.8.8.8',
    '192.168.2.9',
    '10.0.0.1',
    '127.0.0.1',
    '192.168.1.5',
    '169.254.1.1',
  ]) {
    const name = `box.${SERVICE}`
    assert.deepEqual(
      urls(heard(response([ptr(name), srv(name, 'box.local', 1), a('box.local', address)]))),
      [],
      address,
    )
  }
  for (const address of ['2001:db8::1', '::1', 'fe80::1', 'fd00:2::1', 'fd00:1::5', '::ffff:192.168.1.9']) {
    const name = `box.${SERVICE}`
    assert.deepEqual(
      urls(heard(response([ptr(name), srv(name, 'box.local', 1), aaaa('box.local', address)]))),
      [],
      address,
    )
  }
})

test('answers to questions nobody asked are not heard', () => {
  const printer = 'printer._ipp._tcp.local'
  const records = [srv(printer, 'p.local', 631), a('p.local', '192.168.1.30')]
  assert.deepEqual(urls(heard(response([ptr(printer, '_ipp._tcp.local'), ...records]))), [])
  // An instance that claims to belong to one of ours and does not.
  assert.deepEqual(urls(heard(response([ptr(printer), ...records]))), [])
  // A place without an instance.
  assert.deepEqual(urls(heard(response(records))), [])
  const query = encode({ type: 'query', answers: [ptr(`x.${SERVICE}`), srv(`x.${SERVICE}`, 'p.local', 1)] })
  assert.deepEqual(heard(query).missing(), [])
})

test('a flood of answers is read only so far', () => {
  const answers = new MdnsAnswers()
  for (let index = 0; index < 2_000; index++) {
    const name = `i${index}.${SERVICE}`
    answers.add(response([ptr(name), srv(name, `t${index}.local`, 1), a(`t${index}.local`, '192.168.1.9')]))
    for (let more = 0; more < 3; more++) answers.add(response([a('t0.local', `192.168.1.${more + 10}`)]))
  }
  assert.equal(urls(answers).length, 64)
  assert.equal(answers.missing().length, 0)
})

test('random bytes and spoilt packets never throw', () => {
  const answers = new MdnsAnswers()
  const good = response([ptr(`x.${SERVICE}`), srv(`x.${SERVICE}`, 'x.local', 1), a('x.local', '192.168.1.9')])
  let state = 7
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
  for (let round = 0; round < 20_000; round++) {
    const packet = round % 2 === 0 ? Buffer.from(good) : Buffer.alloc(next(200))
    for (let change = 0; change <= next(round % 2 === 0 ? 6 : packet.length + 1); change++)
      if (packet.length > 0) packet[next(packet.length)] = next(256)
    answers.add(packet.subarray(0, packet.length - (round % 3 === 0 ? next(packet.length + 1) : 0)))
  }
  answers.add(Buffer.alloc(60_000, 1))
  for (const { port, address } of answers.candidates(NETWORKS, OWN)) {
    assert.ok(port > 0 && port < 65_536)
    assert.ok(NETWORKS.some((network) => network.contains(address)))
  }
})
