import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { systemClock } from '#base/time'
import { silentLog } from '#platform/log/index'
import { tempFolder } from '../../../../test/contracts/temp-folder.ts'
import { newPostgresUrl, withoutPostgres } from '../../../../test/harness/each-database.ts'
import { onPostgres } from '../../../../test/harness/postgres-server.ts'
import { fillDatabase } from '../tables/open-tables.ts'
import { readDumpFile } from '../tables/dump-file.ts'
import { openPostgres } from './open-postgres.ts'

async function setUp() {
  const copiesDir = tempFolder()
  const migrationsDir = tempFolder()
  const url = await newPostgresUrl()
  return {
    url,
    copiesDir,
    migrationsDir,
    add: (name: string, sql: string) => {
      writeFileSync(join(migrationsDir, name), sql)
    },
    copies: () => readdirSync(copiesDir).sort(),
    ask: (sql: string) => onPostgres(url, sql),
    /** Starts and stops a Hearth on the database. */
    start: async () => {
      const options = { url, migrationsDir, copiesDir, clock: systemClock, log: silentLog }
      await (await openPostgres(options)).close()
    },
  }
}

describe('migrations on PostgreSQL', { skip: withoutPostgres() ?? false }, () => {
  test('are applied once, in the order of their numbers, however many nodes start at once', async () => {
    const { add, start, ask, copies } = await setUp()
    add('0002-more.sql', 'ALTER TABLE thing ADD COLUMN size BIGINT;')
    add('0001-thing.sql', 'CREATE TABLE thing (id TEXT);')
    await Promise.all(Array.from({ length: 5 }, () => start()))
    assert.deepEqual(await ask('SELECT number::int, name FROM schema_migrations ORDER BY number'), [
      { number: 1, name: 'thing' },
      { number: 2, name: 'more' },
    ])
    assert.deepEqual(copies(), [])
  })

  test('take their PostgreSQL form where there is one, and bytes as they are called here', async () => {
    const { add, start, ask } = await setUp()
    add('0001-thing.sql', 'CREATE TABLE thing (id TEXT, photo BLOB);')
    add('0002-other.sql', 'THIS IS FOR SQLITE ONLY;')
    add('0002-other.postgres.sql', 'CREATE TABLE other (id TEXT);')
    await start()
    assert.deepEqual(
      await ask(
        "SELECT table_name, column_name, data_type, collation_name FROM information_schema.columns WHERE table_name IN ('thing', 'other') ORDER BY 1, 2",
      ),
      [
        { table_name: 'other', column_name: 'id', data_type: 'text', collation_name: 'C' },
        { table_name: 'thing', column_name: 'id', data_type: 'text', collation_name: 'C' },
        { table_name: 'thing', column_name: 'photo', data_type: 'bytea', collation_name: null },
      ],
    )
  })

  test('copy what is there before they change it, and the newest three copies can be put back', async () => {
    const { add, start, copies, copiesDir, migrationsDir } = await setUp()
    add(
      '0001-thing.sql',
      "CREATE TABLE thing (id TEXT, photo BLOB); INSERT INTO thing VALUES ('kept', '\\x00ff');",
    )
    await start()
    for (const number of [2, 3, 4, 5]) {
      add(`000${number}-more.sql`, `CREATE TABLE more_${number} (id TEXT);`)
      await start()
    }
    assert.deepEqual(copies(), [
      'hearth-db.before-0003.ndjson',
      'hearth-db.before-0004.ndjson',
      'hearth-db.before-0005.ndjson',
    ])
    const newest = join(copiesDir, 'hearth-db.before-0005.ndjson')
    assert.equal(statSync(newest).mode & 0o777, 0o600)

    const again = await newPostgresUrl()
    const options = { migrationsDir, clock: systemClock, log: silentLog }
    await fillDatabase({ url: again }, readDumpFile(newest), options)
    assert.deepEqual(await onPostgres(again, 'SELECT id, photo FROM thing'), [
      { id: 'kept', photo: Buffer.from([0, 255]) },
    ])
    assert.deepEqual(
      await onPostgres(
        again,
        "SELECT to_regclass('more_4') IS NOT NULL AS yes, to_regclass('more_5') IS NULL AS no",
      ),
      [{ yes: true, no: true }],
    )
  })

  test('that fail change nothing, and those before them stay', async () => {
    const { add, start, ask } = await setUp()
    add('0001-thing.sql', 'CREATE TABLE thing (id TEXT);')
    add('0002-broken.sql', 'CREATE TABLE half (id TEXT); CREATE TABLE thing (id TEXT);')
    await assert.rejects(start(), {
      kind: 'internal',
      code: 'migration_failed',
      message: /0002-broken failed and changed nothing \(relation "thing" already exists\)/,
    })
    assert.deepEqual(
      await ask("SELECT to_regclass('half') AS half, count(*)::int AS applied FROM schema_migrations"),
      [{ half: null, applied: 1 }],
    )
  })

  test('of a newer Hearth, or that were edited, are refused', async () => {
    const { add, start, ask } = await setUp()
    add('0001-thing.sql', 'CREATE TABLE thing (id TEXT);')
    await start()
    await ask("INSERT INTO schema_migrations VALUES (7, 'future', 'x', 0)")
    await assert.rejects(start(), { kind: 'conflict', code: 'schema_newer', message: /0007-future/ })
    await ask('DELETE FROM schema_migrations WHERE number = 7')
    add('0001-thing.sql', 'CREATE TABLE thing (id TEXT, more TEXT);')
    await assert.rejects(start(), { kind: 'internal', code: 'migration_edited' })
  })
})
