import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#base/time'
import { dumpSchema, openSqlite } from '#platform/db/index'
import { silentLog } from '#platform/log/index'
import { PACKAGE_ROOT } from '#platform/process/index'

/** The schema that all migrations together give. */
export async function schemaDump(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-schema-'))
  try {
    const migrationsDir = join(PACKAGE_ROOT, 'migrations')
    const database = await openSqlite({
      file: join(folder, 'hearth.db'),
      migrationsDir,
      clock: systemClock,
      log: silentLog,
    })
    const dump = await dumpSchema(database)
    await database.close()
    return dump
  } finally {
    rmSync(folder, { recursive: true })
  }
}
