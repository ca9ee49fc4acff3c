import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { DatabaseSync } from 'node:sqlite'
import { compiled, compiledEntry } from './compile-query.ts'
import type { Database, DatabaseStats, Query, WriteResults, WriteStatement } from './database.ts'
import { databaseClosed, toDatabaseError } from './database-errors.ts'
import { StatementCache } from './statement-cache.ts'
import type { Writer } from './writer.ts'

/** SQLite as a Database: reads on this thread over the write-ahead log, writes through the writer thread. */
export class SqliteDatabase implements Database {
  readonly dialect = 'sqlite'
  readonly #file: string
  readonly #reader: DatabaseSync
  readonly #writer: Writer
  readonly #statements: StatementCache
  readonly #builder = new Kysely<unknown>({ dialect: builderDialect })
  #reads = 0
  #batches = 0

  /** Takes over `reader`, a connection that refuses changes, and a started `writer`. */
  constructor(file: string, reader: DatabaseSync, writer: Writer) {
    this.#file = file
    this.#reader = reader
    this.#writer = writer
    this.#statements = new StatementCache(reader)
  }

  tables<Tables>(): Kysely<Tables> {
    return this.#builder as Kysely<Tables>
  }

  // Reading is synchronous here and a network call on PostgreSQL: the promise is the seam.
  // eslint-disable-next-line @typescript-eslint/require-await
  async read<Row>(query: Query<Row>): Promise<Row[]> {
    if (!this.#reader.isOpen) throw databaseClosed(this.#file)
    this.#reads++
    const { sql, parameters } = compiled(query)
    try {
      // SQLite's rows have no prototype, those that come from the writer thread do: give all of them one.
      return this.#statements
        .get(sql)
        .all(...parameters)
        .map((row) => ({ ...row }) as Row)
    } catch (error) {
      throw toDatabaseError(error, this.#file)
    }
  }

  async write<const Batch extends readonly WriteStatement[]>(batch: Batch): Promise<WriteResults<Batch>> {
    this.#batches++
    const results = await this.#writer.write(batch.map(compiledEntry))
    return results as WriteResults<Batch>
  }

  stats(): DatabaseStats {
    const { transactions, pending } = this.#writer
    return { reads: this.#reads, batches: this.#batches, transactions, pending }
  }

  async close(): Promise<void> {
    // The reader first: the last connection to close folds the log into the file, which the thread may do slowly.
    if (this.#reader.isOpen) this.#reader.close()
    await this.#writer.close()
  }
}

const builderDialect = {
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (kysely: Kysely<unknown>) => new SqliteIntrospector(kysely),
  createQueryCompiler: () => new SqliteQueryCompiler(),
}
