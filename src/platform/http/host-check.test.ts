import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HostCheck } from './host-check.ts'

const check = new HostCheck({
  names: new Set(['localhost', 'hearth.lan']),
  isHomeAddress: (address) => address === '127.0.0.1' || address === '::1' || address.startsWith('192.168.'),
})

const refusal = (headers: Record<string, string>): string | undefined => {
  try {
    check.check({ headers, rawHeaders: [], url: '/' })
    return undefined
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('own names and the addresses of the home pass, with and without a port', () => {
  for (const host of [
    'localhost',
    'localhost:8000',
    'HEARTH.lan',
    'hearth.lan.',
    '127.0.0.1:8000',
    '[::1]:8000',
    '192.168.1.5',
  ]) {
    assert.equal(refusal({ host }), undefined, host)
  }
})

test('a foreign name or address is refused, also after an allowed one', () => {
  for (const host of ['evil.example', '8.8.8.8', '', 'localhost.evil.example', '[2001:db8::1]']) {
    assert.equal(refusal({ host: 'localhost' }), undefined)
    assert.equal(refusal({ host }), 'host_refused', host)
  }
})

test('a page of Hearth itself or of an allowed name may call, another may not', () => {
  assert.equal(refusal({ host: '127.0.0.1:8000', origin: 'http://127.0.0.1:8000' }), undefined)
  assert.equal(refusal({ host: '127.0.0.1:8000', origin: 'https://hearth.lan' }), undefined)
  for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:9000']) {
    assert.equal(refusal({ host: '127.0.0.1:8000', origin }), 'origin_refused', origin)
  }
})
