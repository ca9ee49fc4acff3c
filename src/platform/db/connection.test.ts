import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../../test/contracts/temp-folder.ts'
import { connect } from './connection.ts'

test('a commit is on disk before it returns, and deleted content is overwritten', (t) => {
  const database = connect(join(tempFolder(), 'test.db'))
  t.after(() => database.close())
  const setting = (name: string) => database.prepare(`PRAGMA ${name}`).get()?.[name]
  const FULL = 2
  assert.equal(setting('journal_mode'), 'wal')
  assert.equal(setting('synchronous'), FULL)
  assert.equal(setting('secure_delete'), 1)
  assert.equal(setting('foreign_keys'), 1)
})
