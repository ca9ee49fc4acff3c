import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { tempFolder } from '../../../test/contracts/temp-folder.ts'
import { connect } from './connection.ts'
import { StatementCache } from './statement-cache.ts'
import { writeGroup } from './write-group.ts'

const SQLITE_FULL = 13

function open(t: TestContext) {
  const database = connect(join(tempFolder(), 'test.db'))
  t.after(() => database.close())
  database.exec('CREATE TABLE note (text TEXT NOT NULL)')
  const cache = new StatementCache(database)
  return {
    database,
    group: (...texts: string[]) =>
      writeGroup(
        database,
        cache,
        texts.map((text) => [{ sql: 'INSERT INTO note VALUES (?)', parameters: [text] }]),
      ),
    count: () => database.prepare('SELECT count(*) AS count FROM note').get()!['count'],
  }
}

test('a full disk loses no acknowledged batch and leaves the connection usable', (t) => {
  const { database, group, count } = open(t)
  database.exec('PRAGMA max_page_count = 20')
  const outcomes = group('small', 'x'.repeat(1_000_000), 'small too')
  const acknowledged = outcomes.filter((outcome) => 'done' in outcome).length
  assert.ok(outcomes.some((outcome) => 'failed' in outcome && outcome.failed.errcode === SQLITE_FULL))
  assert.equal(count(), acknowledged)

  assert.ok('done' in group('after')[0]!)
  assert.equal(count(), acknowledged + 1)
})

test('when SQLite itself undoes the transaction, every batch of the group is told', (t) => {
  const { database, group, count } = open(t)
  database.exec(`CREATE TRIGGER undo BEFORE INSERT ON note WHEN NEW.text = 'undo'
    BEGIN SELECT RAISE(ROLLBACK, 'all is undone'); END`)
  const outcomes = group('first', 'undo', 'last')
  assert.deepEqual(
    outcomes.map((outcome) => 'failed' in outcome && outcome.failed.message),
    Array(3).fill('all is undone'),
  )
  assert.equal(count(), 0)
  assert.ok('done' in group('after')[0]!)
})

test('a statement that is no SQL fails its own batch only', (t) => {
  const { database, count } = open(t)
  const [bad, good] = writeGroup(database, new StatementCache(database), [
    [{ sql: 'NONSENSE', parameters: [] }],
    [{ sql: "INSERT INTO note VALUES ('kept')", parameters: [] }],
  ])
  assert.ok('failed' in bad!)
  assert.deepEqual(good, { done: [{ rows: [], changes: 1 }] })
  assert.equal(count(), 1)
})
