import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#base/time'
import { dumpSchema, openDatabase } from '#platform/db/index'
import { silentLog } from '#platform/log/index'
import { PACKAGE_ROOT } from '#platform/process/index'
import { newPostgresDatabase, postgresPrograms, PostgresServer } from '../../test/harness/postgres-server.ts'

const MIGRATIONS = join(PACKAGE_ROOT, 'migrations')

/** The first line of the dump: which migrations it is of. */
export function postgresSchemaMark(): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(MIGRATIONS).sort()) {
    if (/^\d{4}-/.test(file)) hash.update(file).update(readFileSync(join(MIGRATIONS, file)))
  }
  return `-- Made by \`npm run generate\` of the migrations with SHA-256 ${hash.digest('hex')}.\n`
}

/** The schema that all migrations together give on PostgreSQL; undefined where that is not installed. */
export async function postgresSchemaDump(): Promise<string | undefined> {
  if (postgresPrograms() === undefined) return undefined
  await using server = await PostgresServer.start()
  return await postgresSchemaOn(server.url())
}

/** The same, made on a server that runs already. */
export async function postgresSchemaOn(serverUrl: string): Promise<string> {
  const url = await newPostgresDatabase(serverUrl)
  const options = { migrationsDir: MIGRATIONS, copiesDir: tmpdir(), clock: systemClock, log: silentLog }
  const database = await openDatabase({ url }, options)
  const dump = await dumpSchema(database)
  await database.close()
  return `${postgresSchemaMark()}\n${dump}`
}
