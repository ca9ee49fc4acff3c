import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { rowLine, type DumpEnd, type DumpHead, type TableEnd, type TableHead } from './dump-format.ts'
import type { TableSource } from './table-source.ts'

/** What a dump said of a table: equal summaries are equal contents. */
export interface TableSummary {
  readonly table: string
  readonly rows: number
  /** Hex SHA-256 of its rows. */
  readonly sha256: string
}

/**
 * Writes all tables of a source as lines of JSON (NDJSON, without the line feeds), the same lines for the
 * same contents whichever dialect they come from: a head with the schema's migrations and the tables, then
 * for each table its columns, its rows by primary key, and their number and hash, and a last line that says
 * that nothing is missing.
 *
 * @param onTable told of each table once its rows are out, and `onRows` how many there are so far.
 */
export async function* dumpTables(
  source: TableSource,
  onTable?: (summary: TableSummary) => void,
  onRows?: (table: string, rows: number) => void,
): AsyncGenerator<string, void, undefined> {
  yield JSON.stringify({
    hearth_tables: 1,
    migrations: source.migrations.map(({ number, name }) => ({ number, name })),
    tables: source.tables.map(({ name }) => name),
  } satisfies DumpHead)
  for (const table of source.tables) {
    const { name, columns } = table
    yield JSON.stringify({ table: name, columns } satisfies TableHead)
    const hash = createHash('sha256')
    let rows = 0
    for await (const chunk of source.rows(table)) {
      for (const row of chunk) {
        const line = rowLine(row)
        hash.update(line).update('\n')
        yield line
      }
      rows += chunk.length
      onRows?.(name, rows)
      // A server that is being copied goes on answering.
      await nextTurn()
    }
    const sha256 = hash.digest('hex')
    yield JSON.stringify({ end: name, rows, sha256 } satisfies TableEnd)
    onTable?.({ table: name, rows, sha256 })
  }
  yield JSON.stringify({ whole: true } satisfies DumpEnd)
}

/** The contents of every table in numbers: what two databases that hold the same agree on. */
export async function summarizeTables(source: TableSource): Promise<TableSummary[]> {
  const summaries: TableSummary[] = []
  const lines = dumpTables(source, (summary) => summaries.push(summary))
  while ((await lines.next()).done !== true);
  return summaries
}
