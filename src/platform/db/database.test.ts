import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { databaseContract } from '../../../test/contracts/database-contract.ts'
import { tempFolder } from '../../../test/contracts/temp-folder.ts'
import { forEachDatabase, openFor } from '../../../test/harness/each-database.ts'
import type { DatabasePlace } from './tables/open-tables.ts'

forEachDatabase((on) => {
  databaseContract(async (t, migrationsDir) => openFor(t, await on.newPlace(), migrationsDir))

  test('kill -9 loses nothing that was acknowledged', async (t) => {
    const place = await on.newPlace()
    const migrationsDir = tempFolder()
    writeFileSync(
      join(migrationsDir, '0001-event.sql'),
      'CREATE TABLE event (id BIGINT NOT NULL PRIMARY KEY);',
    )
    const acknowledged = await writeUntilKilled(place, migrationsDir, 300)

    const database = await openFor(t, place, migrationsDir)
    const tables = database.tables<{ event: { id: number } }>()
    const rows = await database.read(tables.selectFrom('event').select('id'))
    const kept = new Set(rows.map((row) => row.id))
    assert.ok(acknowledged.length >= 300)
    assert.deepEqual(
      acknowledged.filter((id) => !kept.has(id)),
      [],
    )
  })
})

/** The ids that a process writing without pause acknowledged before it was killed after about `count` of them. */
async function writeUntilKilled(
  place: DatabasePlace,
  migrationsDir: string,
  count: number,
): Promise<number[]> {
  const script = join(import.meta.dirname, '../../../test/contracts/write-without-pause-child.ts')
  const child = spawn(process.execPath, [...process.execArgv, script, JSON.stringify(place), migrationsDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const acknowledged: number[] = []
  for await (const line of createInterface(child.stdout)) {
    acknowledged.push(Number(line))
    if (acknowledged.length === count) child.kill('SIGKILL')
  }
  await exited
  return acknowledged
}
