import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemClock } from '#base/time'
import { silentLog } from '#platform/log/index'
import { tempFolder } from '../../../test/contracts/temp-folder.ts'
import { dumpSchema } from './dump-schema.ts'
import { openSqlite } from './open-sqlite.ts'

function setUp() {
  const data = tempFolder()
  const migrationsDir = tempFolder()
  const file = join(data, 'hearth.db')
  return {
    file,
    add: (name: string, sql: string) => {
      writeFileSync(join(migrationsDir, name), sql)
    },
    copies: () =>
      readdirSync(data)
        .filter((name) => name.includes('.before-'))
        .sort(),
    /** Starts and stops a Hearth on the file; the resulting schema. */
    start: async () => {
      const database = await openSqlite({ file, migrationsDir, clock: systemClock, log: silentLog })
      const schema = await dumpSchema(database)
      await database.close()
      return schema
    },
  }
}

test('migrations are applied once, in the order of their numbers', async () => {
  const { add, start } = setUp()
  add('0002-more.sql', 'ALTER TABLE thing ADD COLUMN size BIGINT; CREATE INDEX thing_size ON thing (size);')
  add('0001-thing.sql', 'CREATE TABLE thing (id TEXT);')
  add('schema.sqlite.sql', 'not a migration')
  const schema = await start()
  assert.equal(await start(), schema)
  assert.equal(
    schema,
    `CREATE TABLE schema_migrations (
  number BIGINT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  applied_at BIGINT NOT NULL
);

CREATE TABLE thing (id TEXT, size BIGINT);
CREATE INDEX thing_size ON thing (size);
`,
  )
})

test('a database that holds something is copied before its schema changes, and three copies are kept', async (t) => {
  const { file, add, start, copies } = setUp()
  add('0001-thing.sql', "CREATE TABLE thing (id TEXT); INSERT INTO thing VALUES ('kept');")
  await start()
  assert.deepEqual(copies(), [])
  for (const number of [2, 3, 4, 5]) {
    add(`000${number}-more.sql`, `CREATE TABLE more_${number} (id TEXT);`)
    await start()
  }
  assert.deepEqual(copies(), ['hearth.db.before-0003', 'hearth.db.before-0004', 'hearth.db.before-0005'])

  const newest = `${file}.before-0005`
  assert.equal(statSync(newest).mode & 0o777, 0o600)
  const copy = new DatabaseSync(newest, { readOnly: true })
  t.after(() => copy.close())
  assert.deepEqual({ ...copy.prepare('SELECT id FROM thing').get() }, { id: 'kept' })
  assert.equal(copy.prepare("SELECT name FROM sqlite_schema WHERE name = 'more_5'").get(), undefined)
})

test('a migration that fails changes nothing, and those before it stay', async () => {
  const { add, start } = setUp()
  add('0001-thing.sql', 'CREATE TABLE thing (id TEXT);')
  add('0002-broken.sql', 'CREATE TABLE half (id TEXT); CREATE TABLE thing (id TEXT);')
  await assert.rejects(start(), {
    kind: 'internal',
    code: 'migration_failed',
    message: /0002-broken failed and changed nothing \(table thing already exists\)/,
  })
  add('0002-broken.sql', 'CREATE TABLE whole (id TEXT);')
  const schema = await start()
  assert.match(schema, /TABLE whole/)
  assert.doesNotMatch(schema, /TABLE half/)
})

test('a migration may rebuild a table that others refer to, and must leave no reference dangling', async () => {
  const { add, start } = setUp()
  add(
    '0001-tree.sql',
    `CREATE TABLE tree (id TEXT NOT NULL PRIMARY KEY);
     CREATE TABLE leaf (id TEXT NOT NULL PRIMARY KEY, tree TEXT NOT NULL REFERENCES tree (id) ON DELETE CASCADE);
     INSERT INTO tree VALUES ('oak');
     INSERT INTO leaf VALUES ('leaf', 'oak');`,
  )
  add(
    '0002-rebuild.sql',
    `CREATE TABLE new_tree (id TEXT NOT NULL PRIMARY KEY, height BIGINT);
     INSERT INTO new_tree (id) SELECT id FROM tree;
     DROP TABLE tree;
     ALTER TABLE new_tree RENAME TO tree;
     CREATE TABLE kept AS SELECT count(*) AS leaves FROM leaf;`,
  )
  await start()
  add('0003-fell.sql', 'DELETE FROM tree;')
  await assert.rejects(start(), {
    code: 'migration_failed',
    message: /rows of leaf refer to rows that are gone/,
  })
})

test('two migrations with one number are a mistake', async () => {
  const { add, start } = setUp()
  add('0001-a.sql', '')
  add('0001-b.sql', '')
  await assert.rejects(start(), /have the number 1/)
})
