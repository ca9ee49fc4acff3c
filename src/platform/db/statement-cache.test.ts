import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { StatementCache } from './statement-cache.ts'

test('a statement is prepared once, and forgotten when 500 others were used since', (t) => {
  const database = new DatabaseSync(':memory:')
  t.after(() => database.close())
  const cache = new StatementCache(database)
  const used = cache.get('SELECT 0')
  const unused = cache.get('SELECT -1')
  for (let index = 1; index <= 499; index++) {
    cache.get(`SELECT ${index}`)
    assert.equal(cache.get('SELECT 0'), used)
  }
  assert.notEqual(cache.get('SELECT -1'), unused)
})
