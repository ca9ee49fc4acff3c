import { createHash } from 'node:crypto'
import type { AppError } from '#base/errors'
import { schemaNewer } from '../pending-migrations.ts'
import type { SqlValue } from '../sql-values.ts'
import { dumpDamaged, isRowLine, objectOf, rowOf } from './dump-format.ts'
import type { TableSummary } from './dump-tables.ts'
import { ROWS_AT_ONCE, type TableShape, type TableTarget } from './table-source.ts'

export interface LoadOptions {
  /** Makes the database that is filled, with no rows but those that migrations make, and with the schema that migration number `last` gives. */
  readonly openTarget: (last: number) => Promise<TableTarget>
  /** The migrations that this Hearth knows. */
  readonly known: readonly { readonly number: number; readonly name: string }[]
  readonly onTable?: (summary: TableSummary) => void
}

/**
 * Fills an empty database with what `dumpTables` wrote, all of it or nothing: every line is checked against
 * the number and hash of its table, and every reference between rows.
 *
 * @throws AppError `dump_damaged` (conflict), `schema_newer` (conflict) and what opening the target meets.
 */
export async function loadTables(
  lines: AsyncIterable<string>,
  { openTarget, known, onTable }: LoadOptions,
): Promise<TableSummary[]> {
  const reader = lines[Symbol.asyncIterator]()
  const next = async (): Promise<string | undefined> => {
    const result = await reader.next()
    return result.done === true ? undefined : result.value
  }
  let target: TableTarget | undefined
  try {
    const head = objectOf(await next(), 'its first line')
    target = await openTarget(lastMigration(head, known))
    const shapes = new Map(target.tables.map((table) => [table.name, table]))
    const summaries: TableSummary[] = []
    for (const name of namesIn(head.tables)) {
      const table = shapes.get(name)
      if (table === undefined) throw otherSchema(name)
      const summary = await loadTable(next, target, table)
      onTable?.(summary)
      summaries.push(summary)
    }
    if (objectOf(await next(), 'its last line').whole !== true) throw dumpDamaged('its end is missing')
    await target.commit()
    return summaries
  } finally {
    await target?.close()
    await reader.return?.()
  }
}

async function loadTable(
  next: () => Promise<string | undefined>,
  target: TableTarget,
  table: TableShape,
): Promise<TableSummary> {
  const head = objectOf(await next(), `the head of ${table.name}`)
  if (head.table !== table.name) throw dumpDamaged(`${table.name} is not where it should be`)
  if (namesIn(head.columns).join() !== table.columns.join()) throw otherSchema(table.name)
  const hash = createHash('sha256')
  let waiting: SqlValue[][] = []
  let rows = 0
  const insert = async (): Promise<void> => {
    if (waiting.length > 0) await target.insert(table, waiting)
    waiting = []
  }
  let line = await next()
  for (; line !== undefined && isRowLine(line); line = await next()) {
    hash.update(line).update('\n')
    const row = rowOf(line)
    if (row.length !== table.columns.length) throw dumpDamaged(`a row of ${table.name} is cut off`)
    rows++
    if (waiting.push(row) === ROWS_AT_ONCE) await insert()
  }
  await insert()
  const end = objectOf(line, `the end of ${table.name}`)
  const sha256 = hash.digest('hex')
  if (end.end !== table.name || end.rows !== rows || end.sha256 !== sha256) {
    throw dumpDamaged(`the rows of ${table.name} are not those that were written`)
  }
  return { table: table.name, rows, sha256 }
}

/** The number of the last migration of the dump. @throws AppError `schema_newer`, `dump_damaged`. */
function lastMigration(head: Record<string, unknown>, known: LoadOptions['known']): number {
  if (head.hearth_tables !== 1 || !Array.isArray(head.migrations)) {
    throw dumpDamaged('it does not begin as one that this Hearth can read')
  }
  const names = new Map(known.map(({ number, name }) => [number, name]))
  let last = 0
  for (const migration of head.migrations as { number?: unknown; name?: unknown }[]) {
    const { number, name } = migration
    if (typeof number !== 'number' || typeof name !== 'string') throw dumpDamaged('a migration has no name')
    if (names.get(number) !== name) throw schemaNewer(number, name)
    last = Math.max(last, number)
  }
  return last
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value
  throw dumpDamaged('a list of names is missing')
}

function otherSchema(table: string): AppError {
  return dumpDamaged(`${table} is not the table that its migrations make`)
}
