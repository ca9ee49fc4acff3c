import assert from 'node:assert/strict'
import { test } from 'node:test'
import { siblingModule } from './sibling-module.ts'

test('a sibling of a source file is a source file', () => {
  assert.equal(
    siblingModule('file:///hearth/src/a/b.ts', 'b-worker').href,
    'file:///hearth/src/a/b-worker.ts',
  )
})

test('a sibling of a built file is a built file', () => {
  assert.equal(
    siblingModule('file:///hearth/dist/a/b.js', 'b-worker').href,
    'file:///hearth/dist/a/b-worker.js',
  )
})
