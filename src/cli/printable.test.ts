import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printable } from './printable.ts'

test('text from outside cannot steer a terminal', () => {
  assert.equal(
    printable('\u001b[31mred\u001b[0m \u009b2J\u0007 \u202egnp.exe\rover'),
    '[31mred[0m 2J gnp.exeover',
  )
})

test('lines, tabs and every script of the world stay as they are', () => {
  assert.equal(printable('a\tb\r\nc — é 漢字 🔥 שלום'), 'a\tb\nc — é 漢字 🔥 שלום')
})
