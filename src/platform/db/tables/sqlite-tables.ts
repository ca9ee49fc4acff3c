import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { AppError } from '#base/errors'
import { connect } from '../connection.ts'
import { toDatabaseError } from '../database-errors.ts'
import { appliedMigrations } from '../migrate.ts'
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

/**
 * The tables of a SQLite file, which may be in use: what is written meanwhile is not seen.
 *
 * @throws AppError `database_file_missing` where there is no file, and what reading it meets.
 */
export function openSqliteSource(file: string): TableSource {
  if (!existsSync(file)) {
    throw new AppError('not_found', 'database_file_missing', `There is no database ${file}. Check the path.`)
  }
  return guarded(file, () => {
    const database = new DatabaseSync(file, { readOnly: true })
    // The first read fixes the moment that all later ones see.
    database.exec('BEGIN')
    return {
      migrations: hasHistory(database) ? appliedMigrations(database) : [],
      tables: tablesOf(database),
      rows: (table) => rowsOf(database, file, table),
      // eslint-disable-next-line @typescript-eslint/require-await
      close: async () => {
        database.close()
      },
    }
  })
}

/** Fills a SQLite file in place of the rows that its migrations made. */
export function openSqliteTarget(file: string): TableTarget {
  return guarded(file, () => {
    const database = connect(file)
    try {
      // Rows come by table, so references are checked once all are there.
      database.exec('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE')
      const tables = tablesOf(database)
      for (const { name } of tables) database.exec(`DELETE FROM ${quoted(name)}`)
      return target(database, file, tables)
    } catch (error) {
      database.close()
      throw error
    }
  })
}

/* eslint-disable @typescript-eslint/require-await -- SQLite answers at once; the promise is the seam. */
function target(database: DatabaseSync, file: string, tables: readonly TableShape[]): TableTarget {
  return {
    tables,
    insert: async ({ name, columns }, rows) => {
      guarded(file, () => {
        const marks = columns.map(() => '?').join(', ')
        const insert = database.prepare(
          `INSERT INTO ${quoted(name)} (${columns.map(quoted).join(', ')}) VALUES (${marks})`,
        )
        for (const row of rows) insert.run(...row)
      })
    },
    commit: async () => {
      guarded(file, () => {
        const broken = database.prepare('PRAGMA foreign_key_check').get()
        if (broken !== undefined) {
          throw new Error(`rows of ${String(broken['table'])} refer to rows that are not there`)
        }
        database.exec('COMMIT')
      })
    },
    close: async () => {
      database.close()
    },
  }
}
/* eslint-enable @typescript-eslint/require-await */

// eslint-disable-next-line @typescript-eslint/require-await
async function* rowsOf(
  database: DatabaseSync,
  file: string,
  table: TableShape,
): AsyncGenerator<SqlValue[][]> {
  try {
    let chunk: SqlValue[][] = []
    for (const row of database.prepare(selectRows(table)).iterate() as Iterable<SqlRow>) {
      if (chunk.push(table.columns.map((column) => row[column]!)) < ROWS_AT_ONCE) continue
      yield chunk
      chunk = []
    }
    if (chunk.length > 0) yield chunk
  } catch (error) {
    throw toDatabaseError(error, file)
  }
}

/** Ordinary tables: neither SQLite's own nor those that stand for an index of another kind. */
function tablesOf(database: DatabaseSync): TableShape[] {
  const names = database
    .prepare(
      `SELECT name FROM pragma_table_list
       WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name <> ?
       ORDER BY name`,
    )
    .all(HISTORY)
  return names.map((row) => {
    const name = String(row['name'])
    const columns = database.prepare('SELECT name, pk FROM pragma_table_info(?)').all(name)
    const key = columns
      .filter((column) => Number(column['pk']) > 0)
      .sort((a, b) => Number(a['pk']) - Number(b['pk']))
    const nameOf = (column: { name?: unknown }): string => String(column.name)
    return tableShape(name, columns.map(nameOf), key.map(nameOf))
  })
}

function hasHistory(database: DatabaseSync): boolean {
  return database.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(HISTORY) !== undefined
}

function guarded<Result>(file: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw toDatabaseError(error, file)
  }
}
