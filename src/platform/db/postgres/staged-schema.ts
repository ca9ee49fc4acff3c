import type { Client } from 'pg'
import { AppError, isAppError } from '#base/errors'
import { quoted } from '../tables/table-source.ts'
import { connectAlone, SERVING } from './connections.ts'
import { toPostgresError } from './postgres-errors.ts'
import { serverName } from './server-name.ts'

/** Another number than that of migrations, which run in the staged schema meanwhile. */
const LOCK = 0x68656173
const STAGED = 'hearth_restore'
const WAIT_FOR_TABLES_MS = 30_000

/**
 * A schema of its own in which a database is built, unseen, and put in the place of the present one at once.
 * What was there stays in a schema beside it. Close it; what was not committed is then gone.
 */
export interface StagedSchema {
  /** As the URL of the database, but of what is staged. */
  readonly url: string
  /**
   * Moves the tables. `id` is remembered with them, so that a process that finds this half done knows.
   *
   * @returns the schema that keeps what was there, or undefined where nothing was.
   */
  commit(id: string, asideName: string): Promise<string | undefined>
  close(): Promise<void>
}

/** @throws AppError `database_in_use` (conflict) while a Hearth is connected, and what opening a database meets. */
export async function stageSchema(url: string): Promise<StagedSchema> {
  return guarded(url, async () => {
    const client = await connectAlone(url)
    try {
      await refuseInUse(client, serverName(url))
      await client.query(`DROP SCHEMA IF EXISTS ${STAGED} CASCADE`)
      await client.query(`CREATE SCHEMA ${STAGED}`)
    } catch (error) {
      await client.end()
      throw error
    }
    return {
      url: stagedUrl(url),
      commit: (id, asideName) => guarded(url, () => swap(client, id, asideName)),
      close: async () => {
        // The process that finds a schema left by one that was killed drops it, too.
        await client.query(`DROP SCHEMA IF EXISTS ${STAGED} CASCADE`).catch(() => undefined)
        await client.end().catch(() => undefined)
      },
    }
  })
}

/** The id of the restore that the tables of a database came from, or undefined. */
export async function stagedId(url: string): Promise<string | undefined> {
  return guarded(url, async () => {
    const client = await connectAlone(url)
    try {
      const { rows } = await client.query<{ id: string | null }>(
        `SELECT obj_description(to_regclass(quote_ident(current_schema()) || '.schema_migrations'), 'pg_class') AS id`,
      )
      return rows[0]?.id ?? undefined
    } finally {
      await client.end().catch(() => undefined)
    }
  })
}

async function swap(client: Client, id: string, asideName: string): Promise<string | undefined> {
  await client.query('BEGIN')
  try {
    await client.query(`SET LOCAL lock_timeout = ${WAIT_FOR_TABLES_MS}`)
    const { rows } = await client.query<{ here: string | null }>('SELECT current_schema() AS here')
    const here = rows[0]?.here ?? 'public'
    const present = await tablesIn(client, here)
    const aside = quoted(asideName)
    if (present.length > 0) await client.query(`CREATE SCHEMA ${aside}`)
    await move(client, here, present, asideName)
    await move(client, STAGED, await tablesIn(client, STAGED), here)
    await client.query(`DROP SCHEMA ${STAGED}`)
    await client.query(`COMMENT ON TABLE ${quoted(here)}.schema_migrations IS '${id.replace(/\W/g, '')}'`)
    await client.query('COMMIT')
    return present.length > 0 ? asideName : undefined
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

async function move(client: Client, from: string, tables: readonly string[], to: string): Promise<void> {
  for (const table of tables)
    await client.query(`ALTER TABLE ${quoted(from)}.${quoted(table)} SET SCHEMA ${quoted(to)}`)
}

async function tablesIn(client: Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT t.relname AS name FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname = $1 AND t.relkind = 'r' ORDER BY t.relname`,
    [schema],
  )
  return rows.map(({ name }) => name)
}

async function refuseInUse(client: Client, server: string): Promise<void> {
  const locked = await client.query<{ got: number }>('SELECT pg_try_advisory_lock($1)::int AS got', [LOCK])
  const others = await client.query<{ connections: number }>(
    `SELECT count(*)::int AS connections FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()`,
    [SERVING],
  )
  if (locked.rows[0]?.got === 1 && others.rows[0]?.connections === 0) return
  throw new AppError(
    'conflict',
    'database_in_use',
    `A Hearth is using the database ${server}, and nothing was changed. Stop every Hearth on it first.`,
  )
}

function stagedUrl(url: string): string {
  const staged = new URL(url)
  const options = staged.searchParams.get('options')
  const searchPath = `-c search_path=${STAGED}`
  staged.searchParams.set('options', options === null ? searchPath : `${options} ${searchPath}`)
  return staged.href
}

async function guarded<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  const server = serverName(url)
  try {
    return await work()
  } catch (error) {
    throw isAppError(error) ? error : toPostgresError(error, server)
  }
}
