import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { sql } from 'kysely'
import { isAppError } from '#base/errors'
import { expectChanges, refusedEntry, type Database } from '#platform/db/index'
import { tempFolder } from './temp-folder.ts'

interface Tables {
  account: { id: string; owner: string | null; balance: number; photo: Uint8Array | null }
  visit: { id: string; account: string; length: number }
}

const MIGRATION = `CREATE TABLE account (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT,
  balance BIGINT NOT NULL,
  photo BLOB
);
CREATE TABLE visit (
  id TEXT NOT NULL PRIMARY KEY,
  account TEXT NOT NULL UNIQUE REFERENCES account (id),
  length BIGINT NOT NULL CHECK (length > 0)
);`

/** Opens an empty database, migrated from the folder, which the maker closes after the test. */
type MakeDatabase = (t: TestContext, migrationsDir: string) => Promise<Database>

/** What every Database does, whatever stands behind it. */
export function databaseContract(make: MakeDatabase): void {
  async function open(t: TestContext) {
    const migrationsDir = tempFolder()
    writeFileSync(join(migrationsDir, '0001-account.sql'), MIGRATION)
    const database = await make(t, migrationsDir)
    const tables = database.tables<Tables>()
    return {
      database,
      tables,
      add: (id: string, balance = 0) =>
        tables.insertInto('account').values({ id, balance, owner: null, photo: null }),
      balances: () => database.read(tables.selectFrom('account').select(['id', 'balance']).orderBy('id')),
    }
  }

  describe('a database', () => {
    test('values come back as they went in', async (t) => {
      const { database, tables } = await open(t)
      const row = {
        id: 'a',
        owner: 'Zoë ☕ \u{1F525}',
        balance: Number.MAX_SAFE_INTEGER,
        photo: Uint8Array.from([0, 255, 7]),
      }
      const none = { id: 'b', owner: null, balance: -1, photo: null }
      await database.write([tables.insertInto('account').values([row, none])])
      assert.deepEqual(await database.read(tables.selectFrom('account').selectAll().orderBy('id')), [
        row,
        none,
      ])
    })

    test('bytes that are a part of a larger buffer are stored alone', async (t) => {
      const { database, tables } = await open(t)
      const photo = Buffer.from('xxphotoxx').subarray(2, 7)
      await database.write([tables.insertInto('account').values({ id: 'a', owner: null, balance: 0, photo })])
      const rows = await database.read(tables.selectFrom('account').select('photo'))
      assert.deepEqual(rows, [{ photo: Uint8Array.from(Buffer.from('photo')) }])
    })

    test('each statement of a batch tells its rows and how many it changed', async (t) => {
      const { database, tables, add } = await open(t)
      const [inserted, updated, deleted] = await database.write([
        add('a', 1).returning('id'),
        tables.updateTable('account').set({ balance: 5 }).returning(['id', 'balance']),
        tables.deleteFrom('account').where('id', '=', 'nobody'),
      ])
      assert.deepEqual(inserted, { rows: [{ id: 'a' }], changes: 1 })
      assert.deepEqual(updated, { rows: [{ id: 'a', balance: 5 }], changes: 1 })
      assert.deepEqual(deleted, { rows: [], changes: 0 })
    })

    test('a write is seen by the next read', async (t) => {
      const { database, add, balances } = await open(t)
      for (let id = 1; id <= 20; id++) {
        await database.write([add(String(id))])
        assert.equal((await balances()).length, id)
      }
    })

    test('writes at once change the same row one after the other', async (t) => {
      const { database, tables, add, balances } = await open(t)
      await database.write([add('a', 1)])
      const increase = tables.updateTable('account').set(({ eb }) => ({ balance: eb('balance', '+', 1) }))
      await Promise.all(Array.from({ length: 50 }, () => database.write([increase])))
      assert.deepEqual(await balances(), [{ id: 'a', balance: 51 }])
    })

    test('of writes at once that only one may do, one is done', async (t) => {
      const { database, tables, add, balances } = await open(t)
      await database.write([add('a', 10)])
      const debit = tables
        .updateTable('account')
        .set(({ eb }) => ({ balance: eb('balance', '-', 10) }))
        .where('balance', '>=', 10)
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, () => database.write([expectChanges(1, debit)])),
      )
      assert.equal(outcomes.filter((outcome) => outcome.status === 'fulfilled').length, 1)
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected')
          assert.equal((outcome.reason as { code: string }).code, 'batch_refused')
      }
      assert.deepEqual(await balances(), [{ id: 'a', balance: 0 }])
    })

    test('batches that are in the way of each other are both done', async (t) => {
      const { database, tables, add, balances } = await open(t)
      await database.write([add('a'), add('b')])
      const increase = (id: string) =>
        tables
          .updateTable('account')
          .set(({ eb }) => ({ balance: eb('balance', '+', 1) }))
          .where('id', '=', id)
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          database.write(index % 2 ? [increase('a'), increase('b')] : [increase('b'), increase('a')]),
        ),
      )
      assert.deepEqual(await balances(), [
        { id: 'a', balance: 10 },
        { id: 'b', balance: 10 },
      ])
    })

    test('text is sorted by its bytes', async (t) => {
      const { database, add, balances } = await open(t)
      const ids = ['Zebra', '_', 'a', 'zebra', 'ä', 'é', '\u{1F525}']
      await database.write(ids.toReversed().map((id) => add(id)))
      assert.deepEqual(
        (await balances()).map(({ id }) => id),
        ids,
      )
    })

    test('comparisons and sums come back as numbers', async (t) => {
      const { database, tables, add } = await open(t)
      await database.write([add('a', 2), add('b', 3)])
      const rows = await database.read(
        tables
          .selectFrom('account')
          .select(({ fn, eb }) => [
            fn.sum<number>('balance').as('sum'),
            fn.max('balance').as('max'),
            eb(fn.countAll(), '>', 1).as('several'),
          ]),
      )
      assert.deepEqual(rows, [{ sum: 5, max: 3, several: 1 }])
    })

    test('a batch with a statement that breaks a rule changes nothing', async (t) => {
      const { database, add, balances } = await open(t)
      await database.write([add('taken')])
      await assert.rejects(database.write([add('new'), add('taken')]), {
        kind: 'conflict',
        code: 'constraint_failed',
        details: { entry: 1, constraint: 'primary_key' },
      })
      assert.deepEqual(await balances(), [{ id: 'taken', balance: 0 }])
    })

    test('a batch whose guard is not met is refused whole, and says which statement', async (t) => {
      const { database, tables, add, balances } = await open(t)
      const debit = tables.updateTable('account').set({ balance: 9 }).where('balance', '>=', 10)
      const refused = database.write([add('a'), expectChanges(1, debit)])
      await assert.rejects(refused, {
        kind: 'conflict',
        code: 'batch_refused',
        details: { entry: 1, expected: 1, changed: 0 },
      })
      assert.equal(await refused.catch(refusedEntry), 1)
      assert.deepEqual(await balances(), [])
    })

    test('a guard that is met lets the batch pass', async (t) => {
      const { database, tables, add, balances } = await open(t)
      const debit = tables.updateTable('account').set({ balance: 9 }).where('balance', '>=', 10)
      await database.write([add('a', 10), expectChanges(1, debit)])
      assert.deepEqual(await balances(), [{ id: 'a', balance: 9 }])
    })

    test('a batch that fails does not hurt its neighbours', async (t) => {
      const { database, tables, add, balances } = await open(t)
      await database.write([add('taken')])
      const outcomes = await Promise.allSettled([
        database.write([add('a')]),
        database.write([add('b'), add('taken')]),
        database.write([add('c'), expectChanges(1, tables.deleteFrom('account').where('id', '=', 'x'))]),
        database.write([add('d')]),
      ])
      assert.deepEqual(
        outcomes.map((outcome) => outcome.status),
        ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
      )
      assert.deepEqual(
        (await balances()).map((row) => row.id),
        ['a', 'd', 'taken'],
      )
    })

    test('a parameter that cannot be stored faithfully is refused', async (t) => {
      const { database, add, balances } = await open(t)
      await assert.rejects(database.write([add('a'), add('b', Number.NaN)]), TypeError)
      await assert.rejects(database.write([add('a', new Date(0) as unknown as number)]), TypeError)
      assert.deepEqual(await balances(), [])
    })

    test('text with a NUL is refused, because not every database can keep it', async (t) => {
      const { database, add, balances } = await open(t)
      const refused = { kind: 'invalid_input', code: 'text_has_nul' }
      await assert.rejects(database.write([add('fine'), add('a\0b')]), refused)
      assert.deepEqual(await balances(), [])
    })

    test('an integer too large for JavaScript is an error, not a wrong number', async (t) => {
      const { database } = await open(t)
      const big = sql`SELECT CAST(9007199254740993 AS BIGINT) AS big`.compile(database.tables())
      await assert.rejects(database.read(big), { kind: 'internal', code: 'database_failed' })
    })

    test('a broken rule is told by its kind, without the values', async (t) => {
      const { database, tables, add } = await open(t)
      const rule = async (constraint: string, ...batch: Parameters<Database['write']>[0]) => {
        const error: unknown = await database.write(batch).catch((thrown: unknown) => thrown)
        assert.ok(isAppError(error))
        assert.equal(error.code, 'constraint_failed')
        assert.deepEqual(error.details, { entry: 0, constraint })
        assert.doesNotMatch(inspect(error), /very-private/)
      }
      await database.write([add('very-private')])
      const visit = (id: string, account: string, length = 1) =>
        tables.insertInto('visit').values({ id, account, length })
      await database.write([visit('one', 'very-private')])
      await rule('primary_key', add('very-private'))
      await rule('not_null', tables.insertInto('account').values({ id: 'very-private' } as never))
      await rule('foreign_key', visit('two', 'very-private too'))
      await rule('foreign_key', tables.deleteFrom('account'))
      await rule('unique', visit('three', 'very-private'))
      await rule('check', visit('very-private', 'very-private', 0))
    })

    test('a compiled statement can be kept and used again', async (t) => {
      const { database, tables, add } = await open(t)
      const count = tables
        .selectFrom('account')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .compile()
      assert.deepEqual(await database.read(count), [{ count: 0 }])
      await database.write([add('a').compile()])
      assert.deepEqual(await database.read(count), [{ count: 1 }])
    })

    test('closing finishes what was handed over and refuses what comes later', async (t) => {
      const { database, add, balances } = await open(t)
      const handedOver = database.write([add('a')])
      const closed = database.close()
      await assert.rejects(database.write([add('b')]), { kind: 'unavailable', code: 'database_closed' })
      await assert.rejects(balances(), { kind: 'unavailable', code: 'database_closed' })
      assert.equal((await handedOver)[0].changes, 1)
      await closed
      await database.close()
    })

    test('reads and batches are counted', async (t) => {
      const { database, add, balances } = await open(t)
      await database.write([add('a')])
      const writing = database.write([add('b')])
      assert.equal(database.stats().pending, 1)
      await writing
      await balances()
      assert.partialDeepStrictEqual(database.stats(), { reads: 1, batches: 2, pending: 0 })
    })
  })
}
