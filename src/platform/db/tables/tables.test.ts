import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { systemClock } from '#base/time'
import { silentLog } from '#platform/log/index'
import { tempFolder } from '../../../../test/contracts/temp-folder.ts'
import {
  databaseKinds,
  newPostgresUrl,
  openAt,
  withoutPostgres,
} from '../../../../test/harness/each-database.ts'
import { onPostgres } from '../../../../test/harness/postgres-server.ts'
import { readDumpFile, writeDumpFile } from './dump-file.ts'
import { dumpTables, summarizeTables } from './dump-tables.ts'
import { fillDatabase, openTableSource, type DatabasePlace } from './open-tables.ts'

interface Tables {
  thing: {
    id: string
    parent: string | null
    size: number | null
    share: number | null
    photo: Uint8Array | null
  }
  note: { text: string; at: number | null }
}

const SCHEMA = `
CREATE TABLE thing (
  id TEXT NOT NULL PRIMARY KEY,
  parent TEXT REFERENCES thing (id),
  size BIGINT,
  share DOUBLE PRECISION,
  photo BLOB
);
CREATE TABLE note (text TEXT NOT NULL, at BIGINT);`

const SEEDED = `CREATE TABLE seeded (id TEXT NOT NULL); INSERT INTO seeded VALUES ('by the migration');`

function migrations(schema = SCHEMA): string {
  const folder = tempFolder()
  writeFileSync(join(folder, '0001-thing.sql'), schema)
  return folder
}

const options = (migrationsDir: string) => ({
  migrationsDir,
  clock: systemClock,
  log: silentLog,
})

/** A database with values of every kind, rows that refer to later ones, and more than travel at once. */
async function fill(place: DatabasePlace, migrationsDir: string): Promise<void> {
  const database = await openAt(place, migrationsDir)
  const tables = database.tables<Tables>()
  const nothing = { parent: null, size: null, share: null, photo: null }
  await database.write([
    tables.insertInto('thing').values([
      { ...nothing, id: 'zz', size: Number.MAX_SAFE_INTEGER },
      { ...nothing, id: 'a', parent: 'zz', size: -1, share: 0.1, photo: Uint8Array.from([0, 255, 10]) },
      { ...nothing, id: 'Ä "quoted" ☕\n\u{1F525}', photo: new Uint8Array() },
    ]),
    tables.insertInto('note').values([
      { text: 'twice', at: null },
      { text: 'twice', at: null },
      { text: 'twice', at: 3 },
    ]),
  ])
  for (let from = 0; from < 1200; from += 300) {
    const rows = Array.from({ length: 300 }, (_, index) => ({ text: `note ${from + index}`, at: index }))
    await database.write([tables.insertInto('note').values(rows)])
  }
  await database.close()
}

async function linesOf(place: DatabasePlace): Promise<string[]> {
  const source = await openTableSource(place)
  try {
    const lines: string[] = []
    for await (const line of dumpTables(source)) lines.push(line)
    return lines
  } finally {
    await source.close()
  }
}

async function* from(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

describe('a copy of all tables', () => {
  for (const source of databaseKinds()) {
    for (const target of databaseKinds()) {
      test(`goes from ${source.name} to ${target.name} and holds the same`, async () => {
        const migrationsDir = migrations(SCHEMA + SEEDED)
        const [one, two] = [await source.newPlace(), await target.newPlace()]
        await fill(one, migrationsDir)
        const lines = await linesOf(one)
        const kept = await fillDatabase(two, from(lines), options(migrationsDir))
        assert.deepEqual(
          kept.map(({ table, rows }) => [table, rows]),
          [
            ['note', 1203],
            ['seeded', 1],
            ['thing', 3],
          ],
        )
        assert.deepEqual(await linesOf(two), lines)
        const reread = await openTableSource(two)
        assert.deepEqual(await summarizeTables(reread), kept)
        await reread.close()

        const database = await openAt(two, migrationsDir)
        const things = database.tables<Tables>().selectFrom('thing').selectAll().where('id', '=', 'a')
        assert.deepEqual(await database.read(things), [
          { id: 'a', parent: 'zz', size: -1, share: 0.1, photo: Uint8Array.from([0, 255, 10]) },
        ])
        await assert.rejects(
          database.write([database.tables<Tables>().deleteFrom('thing').where('id', '=', 'zz')]),
          { code: 'constraint_failed' },
          'references hold after the copy',
        )
        await database.close()
      })
    }
  }

  test(
    'keeps migrations of PostgreSQL away while it is made',
    { skip: withoutPostgres() ?? false },
    async () => {
      const url = await newPostgresUrl()
      await fill({ url }, migrations())
      const change = 'SET lock_timeout = 50; ALTER TABLE note DROP COLUMN at'
      const source = await openTableSource({ url })
      await assert.rejects(onPostgres(url, change), { code: '55P03' })
      await source.close()
      await onPostgres(url, change)
    },
  )

  for (const kind of databaseKinds()) {
    test(`is one moment of ${kind.name}, whatever is written meanwhile`, async () => {
      const migrationsDir = migrations()
      const place = await kind.newPlace()
      await fill(place, migrationsDir)
      const before = await linesOf(place)
      const database = await openAt(place, migrationsDir)
      const source = await openTableSource(place)
      const lines: string[] = []
      for await (const line of dumpTables(source)) {
        if (lines.push(line) === 100) await database.write([database.tables<Tables>().deleteFrom('note')])
      }
      await source.close()
      await database.close()
      assert.deepEqual(lines, before)
    })

    test(`does not go into a filled ${kind.name}, and changes nothing there`, async () => {
      const migrationsDir = migrations()
      const place = await kind.newPlace()
      await fill(place, migrationsDir)
      const before = await linesOf(place)
      await assert.rejects(fillDatabase(place, from(before), options(migrationsDir)), {
        kind: 'conflict',
        code: 'database_not_empty',
      })
      assert.deepEqual(await linesOf(place), before)
    })

    test(`that is damaged leaves ${kind.name} empty`, async () => {
      const migrationsDir = migrations()
      const first = await kind.newPlace()
      await fill(first, migrationsDir)
      const lines = await linesOf(first)
      const at = lines.findIndex((line) => line.includes('note 7'))
      const damages: Record<string, string[]> = {
        'a row is missing': lines.toSpliced(at, 1),
        'a row was changed': lines.with(at, lines[at]!.replace('note 7', 'note 8')),
        'a row is cut off': lines.with(at, '["x"]'),
        'a row is no row': lines.with(at, '[[]]'),
        'a line is no JSON': lines.with(at, lines[at]!.slice(0, -2)),
        'the end is missing': lines.slice(0, -1),
        'the second half is missing': lines.slice(0, lines.length / 2),
        'all is missing': [],
        'the head is another': lines.with(0, '{"hearth_tables":2}'),
        'a table is another': lines.map((line) => line.replaceAll('"note"', '"letter"')),
      }
      for (const [what, damaged] of Object.entries(damages)) {
        const place = await kind.newPlace()
        await assert.rejects(
          fillDatabase(place, from(damaged), options(migrationsDir)),
          { code: 'dump_damaged' },
          what,
        )
        await fillDatabase(place, from(lines), options(migrationsDir))
      }
    })

    test(`of a newer schema is refused by ${kind.name}`, async () => {
      const migrationsDir = migrations()
      const place = await kind.newPlace()
      const head = '{"hearth_tables":1,"migrations":[{"number":2,"name":"future"}],"tables":[]}'
      await assert.rejects(fillDatabase(place, from([head, '{"whole":true}']), options(migrationsDir)), {
        kind: 'conflict',
        code: 'schema_newer',
      })
    })
  }

  test('of an older schema keeps that schema, which the next start brings up to date', async () => {
    const migrationsDir = migrations()
    for (const kind of databaseKinds()) {
      const old = await kind.newPlace()
      await fill(old, migrationsDir)
      const lines = await linesOf(old)
      const newer = migrations()
      writeFileSync(join(newer, '0002-more.sql'), 'ALTER TABLE thing ADD COLUMN more BIGINT;')
      const place = await kind.newPlace()
      await fillDatabase(place, from(lines), options(newer))
      assert.deepEqual(await linesOf(place), lines)
      await (await openAt(place, newer)).close()
      assert.match(
        (await linesOf(place)).find((line) => line.startsWith('{"table":"thing"'))!,
        /"more"/,
      )
    }
  })

  test('is a file for its owner only, with its name once it is whole', async () => {
    const migrationsDir = migrations()
    const [kind] = databaseKinds()
    const place = await kind!.newPlace()
    await fill(place, migrationsDir)
    const file = join(tempFolder(), 'copy.ndjson')
    const source = await openTableSource(place)
    await writeDumpFile(source, file)
    await source.close()
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal(readFileSync(file, 'utf8'), `${(await linesOf(place)).join('\n')}\n`)
    const again = await kind!.newPlace()
    await fillDatabase(again, readDumpFile(file), options(migrationsDir))
    assert.deepEqual(await linesOf(again), await linesOf(place))
  })
})
