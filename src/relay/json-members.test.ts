import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findMember, replaceRange } from './json-members.ts'

function valueOf(text: string, name: string): string | undefined {
  const json = Buffer.from(text)
  const range = findMember(json, { start: 0, end: json.length }, name)
  return range && json.toString('utf8', range.start, range.end)
}

test('a member is found whatever stands before it', () => {
  const before = [
    `"a":"x\\"}{[,:"`,
    `"b":{"want":1,"c":[{"want":2}]}`,
    `"d":[[],{}," ] "]`,
    `"e":-1.5e3`,
    `"f":null`,
    `"ü":"é"`,
  ]
  for (const value of ['true', '{"x":[1,{"y":2}]}', '"a\\\\"', '[1, 2]', '18446744073709551615']) {
    assert.equal(valueOf(`{${before.join(',')},"want":${value}}`, 'want'), value)
    assert.equal(valueOf(` {\n "want" : ${value} , ${before.join(' ,\n')} } `, 'want'), value)
  }
})

test('the last of two counts, an escaped name counts, and a nested one does not', () => {
  assert.equal(valueOf('{"want":1,"want":2}', 'want'), '2')
  assert.equal(valueOf('{"w\\u0061nt":3}', 'want'), '3')
  assert.equal(valueOf('{"a":{"want":1}}', 'want'), undefined)
  assert.equal(valueOf('{}', 'want'), undefined)
})

test('a range is replaced and every other byte stays', () => {
  const json = Buffer.from('{"big":18446744073709551615,"want": null ,"z":1.0}')
  const range = findMember(json, { start: 0, end: json.length }, 'want')!
  assert.equal(
    replaceRange(json, range, '{"x":1}').toString(),
    '{"big":18446744073709551615,"want": {"x":1} ,"z":1.0}',
  )
})

test('a nest of 100,000 costs no stack', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000)
  assert.equal(valueOf(`{"deep":${deep},"want":1}`, 'want'), '1')
})
