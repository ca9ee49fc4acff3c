import assert from 'node:assert/strict'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import { systemClock } from '#base/time'
import { silentLog } from '#platform/log/index'
import { tempFolder } from '../../../test/contracts/temp-folder.ts'
import type { Database } from './database.ts'
import { openSqlite } from './open-sqlite.ts'
import { Writer } from './writer.ts'

interface Tables {
  event: { id: number }
}

async function openIn(t: TestContext, folder: string, migrationsDir: string): Promise<Database> {
  const file = join(folder, 'hearth.db')
  const database = await openSqlite({ file, migrationsDir, clock: systemClock, log: silentLog })
  t.after(() => database.close())
  return database
}

function eventTable(): string {
  const folder = tempFolder()
  writeFileSync(join(folder, '0001-event.sql'), 'CREATE TABLE event (id BIGINT NOT NULL PRIMARY KEY);')
  return folder
}

test('batches of one turn are executed in their order', async (t) => {
  const database = await openIn(t, tempFolder(), eventTable())
  const tables = database.tables<Tables>()
  const increase = tables.updateTable('event').set(({ eb }) => ({ id: eb('id', '+', 1) }))
  await Promise.all([
    database.write([tables.insertInto('event').values({ id: 1 })]),
    database.write([increase]),
    database.write([increase]),
  ])
  assert.deepEqual(await database.read(tables.selectFrom('event').select('id')), [{ id: 3 }])
})

test('batches of one turn share one commit, whether they fail or not', async (t) => {
  const database = await openIn(t, tempFolder(), eventTable())
  const add = (id: number) => database.write([database.tables<Tables>().insertInto('event').values({ id })])
  const outcomes = await Promise.allSettled(Array.from({ length: 100 }, (_, index) => add(index % 99)))
  assert.equal(outcomes.filter((outcome) => outcome.status === 'rejected').length, 1)
  assert.partialDeepStrictEqual(database.stats(), { batches: 100, transactions: 1, pending: 0 })

  await add(100)
  await add(101)
  assert.equal(database.stats().transactions, 3)
})

test('batches that come in while the disk is busy share the next commit', async (t) => {
  const database = await openIn(t, tempFolder(), eventTable())
  const tables = database.tables<Tables>()
  const busy = database.write([
    sql`INSERT INTO event WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n`.compile(
      tables,
    ),
  ])
  const waiting: Promise<unknown>[] = [busy]
  for (let id = -1; id >= -10; id--) {
    await nextTurn()
    waiting.push(database.write([tables.insertInto('event').values({ id })]))
  }
  await Promise.all(waiting)
  assert.ok(database.stats().transactions <= 2, `${database.stats().transactions} commits for 11 batches`)
})

test('the file and its log are readable by their owner only', async (t) => {
  const folder = tempFolder()
  await openIn(t, folder, eventTable())
  for (const name of ['hearth.db', 'hearth.db-wal']) {
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name)
  }
})

test('a folder that is not there is named', async (t) => {
  await assert.rejects(openIn(t, join(tempFolder(), 'absent'), eventTable()), {
    code: 'data_folder_unusable',
    message: /absent: it does not exist/,
  })
})

test('a writer thread that dies refuses what waits for it and all that comes later', async () => {
  const writer = new Writer(join(tempFolder(), 'absent', 'hearth.db'), silentLog)
  writer.start()
  const insert = [{ sql: 'INSERT INTO event VALUES (1)', parameters: [] }]
  const waiting = [writer.write(insert), writer.write(insert)]
  for (const write of waiting)
    await assert.rejects(write, { kind: 'internal', code: 'database_writer_stopped' })
  await assert.rejects(writer.write(insert), { code: 'database_writer_stopped' })
  await writer.close()
})
