import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOf } from './forwarded-for.ts'

const PROXIES = new Set(['127.0.0.1', '10.0.0.2', 'fd00::2'])
const client = (header: string): string | undefined => clientOf(header, (address) => PROXIES.has(address))

test('the last address that is no proxy is the caller, whatever it wrote before', () => {
  const table: Record<string, string> = {
    '192.168.1.9': '192.168.1.9',
    '127.0.0.1, 192.168.1.9': '192.168.1.9',
    '127.0.0.1, 8.8.8.8': '8.8.8.8',
    '192.168.1.1,203.0.113.9': '203.0.113.9',
    '203.0.113.9, 10.0.0.2': '203.0.113.9',
    '1.1.1.1, 203.0.113.9, 10.0.0.2, 127.0.0.1': '203.0.113.9',
    'unknown, 203.0.113.9': '203.0.113.9',
    '"; drop, <script>, 203.0.113.9': '203.0.113.9',
  }
  for (const [header, expected] of Object.entries(table)) assert.equal(client(header), expected, header)
})

test('where all are proxies, the first one called', () => {
  assert.equal(client('10.0.0.2'), '10.0.0.2')
  assert.equal(client('fd00::2, 10.0.0.2, 127.0.0.1'), 'fd00::2')
})

test('addresses are read as proxies write them', () => {
  const table: Record<string, string> = {
    '192.168.1.9:51234': '192.168.1.9',
    '2001:db8::1': '2001:db8::1',
    '[2001:db8::1]': '2001:db8::1',
    '[2001:db8::1]:51234': '2001:db8::1',
    '"[2001:db8::1]:51234"': '2001:db8::1',
    '::ffff:203.0.113.9': '::ffff:203.0.113.9',
    ' \t192.168.1.9 ': '192.168.1.9',
  }
  for (const [header, expected] of Object.entries(table)) assert.equal(client(header), expected, header)
})

test('what is no address where one is needed is not read', () => {
  for (const header of [
    'unknown',
    '_hidden',
    '192.168.1.9, unknown',
    '192.168.1.9,',
    '192.168.1.9, , 127.0.0.1',
    '192.168.1.999',
    '192.168.1.9:port',
    '[192.168.1.9]',
    '[2001:db8::1',
    '2001:db8::1]:80',
    '[2001:db8::1]:999999',
    'localhost',
    '0x7f.1',
    '192.168.1.9 127.0.0.1',
    Array.from({ length: 60 }, () => '127.0.0.1').join(','),
  ])
    assert.equal(client(header), undefined, header)
})
