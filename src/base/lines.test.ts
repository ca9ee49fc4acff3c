import assert from 'node:assert/strict'
import { test } from 'node:test'
import { linesOf } from './lines.ts'

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function linesFrom(source: AsyncIterable<Uint8Array>): Promise<string[]> {
  const lines: string[] = []
  for await (const line of linesOf(source)) lines.push(line.toString('utf8'))
  return lines
}

function linesIn(...texts: string[]): Promise<string[]> {
  return linesFrom(pieces(...texts))
}

test('lines are the same wherever the text is cut', async () => {
  assert.deepEqual(await linesIn('a\n\nbc\n'), ['a', '', 'bc'])
  assert.deepEqual(await linesIn('a', '\n', '\nb', 'c', '\n'), ['a', '', 'bc'])
  assert.deepEqual(await linesIn('a\nb'), ['a', 'b'])
  assert.deepEqual(await linesIn(), [])
  const bytes = Buffer.from('ä☕\n')
  const cut = async function* () {
    for (const byte of bytes) yield Uint8Array.of(byte)
  }
  assert.deepEqual(await linesFrom(cut()), ['ä☕'])
})

test('a line that never ends is refused before it fills the memory', async () => {
  const endless = async function* () {
    const piece = new Uint8Array(1024 * 1024).fill(0x61)
    for (;;) yield piece
  }
  await assert.rejects(linesFrom(endless()), RangeError)
})
