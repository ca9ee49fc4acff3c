import type { Client } from 'pg'
import { isAppError } from '#base/errors'
import { connectAlone } from '../postgres/connections.ts'
import { appliedMigrations } from '../postgres/migrate-postgres.ts'
import { toPostgresError } from '../postgres/postgres-errors.ts'
import { serverName } from '../postgres/server-name.ts'
import type { SqlRow, SqlValue } from '../sql-values.ts'
import {
  HISTORY,
  quoted,
  ROWS_AT_ONCE,
  selectRows,
  tableShape,
  type TableShape,
  type TableSource,
  type TableTarget,
} from './table-source.ts'

/** A statement takes 65535 parameters at most. */
const MOST_PARAMETERS = 60_000

/** The tables of a PostgreSQL database, which may be in use: what is written meanwhile is not seen. */
export async function openPostgresSource(url: string): Promise<TableSource> {
  return withClient(url, async (client, guarded) => {
    await beginAtOneMoment(client)
    return {
      migrations: (await appliedMigrations(client)) ?? [],
      tables: await tablesOf(client),
      rows: (table) => rowsOf(client, guarded, table),
      close: () => client.end(),
    }
  })
}

/**
 * Begins a transaction in which no table can be changed in its form, moved or dropped: a migration, or a restore,
 * waits until it is over. The moment that is seen is fixed by the first query after the locks.
 */
async function beginAtOneMoment(client: Client): Promise<void> {
  const before = (await tablesOf(client, '')).map(({ name }) => quoted(name))
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  if (before.length > 0) await client.query(`LOCK TABLE ${before.join(', ')} IN ACCESS SHARE MODE`)
}

/** Fills a PostgreSQL database in place of the rows that its migrations made. */
export async function openPostgresTarget(url: string): Promise<TableTarget> {
  return withClient(url, async (client, guarded) => {
    await client.query('BEGIN')
    const tables = await tablesOf(client)
    // It also keeps everybody else out until the end.
    if (tables.length > 0) await client.query(`TRUNCATE ${tables.map(({ name }) => quoted(name)).join(', ')}`)
    // Rows come by table, so references are dropped and made again, which checks them, once all are there.
    const references = await referencesIn(client)
    for (const { table, name } of references) {
      await client.query(`ALTER TABLE ${quoted(table)} DROP CONSTRAINT ${quoted(name)}`)
    }
    return {
      tables,
      insert: (table, rows) => guarded(() => insertRows(client, table, rows)),
      commit: () =>
        guarded(async () => {
          for (const { table, name, definition } of references) {
            await client.query(`ALTER TABLE ${quoted(table)} ADD CONSTRAINT ${quoted(name)} ${definition}`)
          }
          await client.query('COMMIT')
        }),
      close: () => client.end(),
    }
  })
}

type Guarded = <Result>(work: () => Promise<Result>) => Promise<Result>

async function withClient<Result>(
  url: string,
  open: (client: Client, guarded: Guarded) => Promise<Result>,
): Promise<Result> {
  const server = serverName(url)
  const guarded: Guarded = async (work) => {
    try {
      return await work()
    } catch (error) {
      throw isAppError(error) ? error : toPostgresError(error, server)
    }
  }
  return guarded(async () => {
    const client = await connectAlone(url)
    try {
      return await open(client, guarded)
    } catch (error) {
      await client.end().catch(() => undefined)
      throw error
    }
  })
}

async function* rowsOf(client: Client, guarded: Guarded, table: TableShape): AsyncGenerator<SqlValue[][]> {
  await guarded(() => client.query(`DECLARE copied CURSOR FOR ${selectRows(table)}`))
  for (;;) {
    const { rows } = await guarded(() => client.query<SqlRow>(`FETCH ${ROWS_AT_ONCE} FROM copied`))
    if (rows.length > 0) yield rows.map((row) => table.columns.map((column) => row[column]!))
    if (rows.length < ROWS_AT_ONCE) break
  }
  await guarded(() => client.query('CLOSE copied'))
}

async function insertRows(
  client: Client,
  { name, columns }: TableShape,
  rows: readonly (readonly SqlValue[])[],
): Promise<void> {
  const atOnce = Math.max(1, Math.floor(MOST_PARAMETERS / columns.length))
  const names = columns.map(quoted).join(', ')
  for (let from = 0; from < rows.length; from += atOnce) {
    const some = rows.slice(from, from + atOnce)
    const marks = some.map(
      (row, index) => `(${row.map((_, column) => `$${index * columns.length + column + 1}`).join(', ')})`,
    )
    await client.query(`INSERT INTO ${quoted(name)} (${names}) VALUES ${marks.join(', ')}`, some.flat())
  }
}

interface CatalogRow {
  readonly name: string
  readonly columns: string[]
  readonly key: string[]
}

async function tablesOf(client: Client, leftOut = HISTORY): Promise<TableShape[]> {
  const { rows } = await client.query<{ shape: string }>(
    `SELECT json_build_object(
       'name', t.relname,
       'columns', (SELECT json_agg(c.attname) FROM pg_attribute c
          WHERE c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped),
       'key', (SELECT COALESCE(json_agg(c.attname ORDER BY array_position(i.indkey::int2[], c.attnum)), '[]')
          FROM pg_index i JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum = ANY (i.indkey)
          WHERE i.indrelid = t.oid AND i.indisprimary)
     ) AS shape
     FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname = current_schema() AND t.relkind = 'r' AND t.relname <> $1
     ORDER BY t.relname COLLATE "C"`,
    [leftOut],
  )
  return rows.map(({ shape }) => {
    const { name, columns, key } = JSON.parse(shape) as CatalogRow
    return tableShape(name, columns, key)
  })
}

interface Reference {
  readonly table: string
  readonly name: string
  readonly definition: string
}

async function referencesIn(client: Client): Promise<Reference[]> {
  const { rows } = await client.query<Reference>(
    `SELECT t.relname AS "table", c.conname AS name, pg_get_constraintdef(c.oid) AS definition
     FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE n.nspname = current_schema() AND c.contype = 'f' AND c.conparentid = 0
     ORDER BY t.relname, c.conname`,
  )
  return rows
}
