import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Migration } from './migration-files.ts'
import { pendingMigrations } from './pending-migrations.ts'

const migration = (number: number, sha256 = 'as-shipped'): Migration => ({
  number,
  name: 'step',
  sql: '',
  sha256,
})
const known = [migration(1), migration(2), migration(3)]

test('a new database needs every migration', () => {
  assert.deepEqual(pendingMigrations(known, []), known)
})

test('an older database needs the migrations after its last', () => {
  assert.deepEqual(pendingMigrations(known, [migration(1), migration(2)]), [migration(3)])
})

test('a database that is up to date needs none', () => {
  assert.deepEqual(pendingMigrations(known, known), [])
})

test('a database of a newer Hearth is refused', () => {
  assert.throws(() => pendingMigrations(known, [...known, migration(4)]), {
    kind: 'conflict',
    code: 'schema_newer',
    message: /0004-step.*Start the newer version, or restore a backup .*`hearth restore FILE --force`/,
  })
  const findCopy = (number: number): string => `/data/copy-${number}`
  assert.throws(() => pendingMigrations(known, [...known, migration(4), migration(5)], findCopy), {
    message: /or go back to the copy that was made before it: `hearth restore \/data\/copy-4 --force`/,
  })
})

test('an edited migration is refused', () => {
  assert.throws(() => pendingMigrations(known, [migration(1, 'as-edited')]), {
    kind: 'internal',
    code: 'migration_edited',
    message: /0001-step/,
  })
})

test('a migration that was slipped in before the last applied one is refused', () => {
  assert.throws(() => pendingMigrations(known, [migration(1), migration(3)]), {
    kind: 'internal',
    code: 'migration_out_of_order',
    message: /0002-step comes before 0003/,
  })
})
