import { join } from 'node:path'
import { describe, type TestContext } from 'node:test'
import { systemClock } from '#base/time'
import { openDatabase, type Database, type DatabasePlace } from '#platform/db/index'
import { silentLog } from '#platform/log/index'
import { tempFolder } from '../contracts/temp-folder.ts'
import { newPostgresDatabase, postgresPrograms, PostgresServer } from './postgres-server.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations')

/** The server that the whole run shares, or what a test run by itself starts for its own process. */
const shared: { url: Promise<string> | undefined } = { url: undefined }

/** A database that Hearth can stand on, as tests use it. */
export interface DatabaseKind {
  readonly name: 'SQLite' | 'PostgreSQL'
  /** A new empty one. What was opened there and closed is found again by opening it once more. */
  newPlace(): Promise<DatabasePlace>
  /** The settings of a Hearth on a new empty one. */
  newSettings(): Promise<Readonly<Record<string, unknown>>>
}

const SQLITE: DatabaseKind = {
  name: 'SQLite',
  newPlace: async () => ({ file: join(tempFolder(), 'hearth.db') }),
  newSettings: async () => ({}),
}

const POSTGRES: DatabaseKind = {
  name: 'PostgreSQL',
  newPlace: async () => ({ url: await newPostgresUrl() }),
  newSettings: async () => ({ database_url: await newPostgresUrl() }),
}

/** Why there is no PostgreSQL to test with, or undefined. */
export function withoutPostgres(): string | undefined {
  if (process.env.HEARTH_TEST_POSTGRES !== undefined || postgresPrograms() !== undefined) return undefined
  if (process.env.HEARTH_TEST_REQUIRE_ALL === '1')
    throw new Error('PostgreSQL is required and not installed.')
  return 'PostgreSQL is not installed'
}

/** Every database there is to test with. */
export function databaseKinds(): readonly DatabaseKind[] {
  return withoutPostgres() === undefined ? [SQLITE, POSTGRES] : [SQLITE]
}

/** The same tests on every database. */
export function forEachDatabase(run: (kind: DatabaseKind) => void): void {
  describe('on SQLite', () => {
    run(SQLITE)
  })
  const missing = withoutPostgres()
  describe('on PostgreSQL', { skip: missing ?? false }, () => {
    if (missing === undefined) run(POSTGRES)
  })
}

/** Opens a database that closes after the test. */
export async function openFor(
  t: TestContext,
  place: DatabasePlace,
  migrationsDir = MIGRATIONS,
): Promise<Database> {
  const database = await openAt(place, migrationsDir)
  t.after(() => database.close())
  return database
}

/** Opens a database that the caller closes. */
export function openAt(place: DatabasePlace, migrationsDir = MIGRATIONS): Promise<Database> {
  return openDatabase(place, { migrationsDir, copiesDir: tempFolder(), clock: systemClock, log: silentLog })
}

/** A new empty PostgreSQL database. */
export async function newPostgresUrl(): Promise<string> {
  return newPostgresDatabase(await postgresUrl())
}

function postgresUrl(): Promise<string> {
  const given = process.env.HEARTH_TEST_POSTGRES
  shared.url ??=
    given === undefined ? PostgresServer.start().then((server) => server.url()) : Promise.resolve(given)
  return shared.url
}
