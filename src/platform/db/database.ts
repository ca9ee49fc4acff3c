import type { Compilable, CompiledQuery, InferResult, Kysely } from 'kysely'

/** One statement: a builder from `tables()`, or what its `compile()` gave (kept by hot paths). */
export type Query<Row = unknown> = Compilable<Row> | CompiledQuery<Row>

/** A statement of a batch that demands to change an exact number of rows, or the batch is refused. */
export interface GuardedStatement<Statement extends Query = Query> {
  readonly statement: Statement
  readonly expectChanges: number
}

export type WriteStatement = Query | GuardedStatement

/** What one statement of a batch did. */
export interface WriteResult<Rows extends unknown[] = unknown[]> {
  /** The rows of `RETURNING`, empty without one. */
  readonly rows: Rows
  /** How many rows it inserted, updated or deleted. */
  readonly changes: number
}

type ResultOf<Entry> =
  Entry extends GuardedStatement<infer Statement>
    ? WriteResult<InferResult<Statement>>
    : Entry extends Query
      ? WriteResult<InferResult<Entry>>
      : never

/** The results of a batch, one for each statement and in its order. */
export type WriteResults<Batch extends readonly WriteStatement[]> = {
  -readonly [Index in keyof Batch]: ResultOf<Batch[Index]>
}

/** Counts since the database was opened, for metrics. */
export interface DatabaseStats {
  readonly reads: number
  /** Batches handed to `write`, whatever became of them. */
  readonly batches: number
  /** Commits that made batches durable; with group commit fewer than batches. */
  readonly transactions: number
  /** Batches waiting for their commit now. */
  readonly pending: number
}

/**
 * The tables of this Hearth, in SQLite or PostgreSQL. A store builds statements with `tables()` and hands
 * them over whole: there is no transaction to hold open across an `await`, on any dialect.
 *
 * Values are strings without NUL, numbers (times are BIGINT milliseconds), null, bytes (Uint8Array) and
 * booleans, which are stored and read back as 0 and 1. Text is compared and sorted by its bytes.
 *
 * On PostgreSQL batches run at once, each at READ COMMITTED, and other nodes write too: a batch that must come
 * after another awaits it, what must not have changed meanwhile stands in a `where` or a guard, and a
 * parameter that nothing gives a type (a bare value in a select) is cast.
 */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres'

  /** A typed builder over the tables a store owns: it compiles statements and cannot execute them. */
  tables<Tables>(): Kysely<Tables>

  /** The rows of one statement, read from the last committed state. */
  read<Row>(query: Query<Row>): Promise<Row[]>

  /**
   * Executes one batch, all or nothing; it is on disk when the promise resolves.
   *
   * @throws AppError `batch_refused` (conflict, details `{entry, expected, changed}`) where a guarded
   * statement changed another number of rows; `constraint_failed` (conflict, details `{entry,
   * constraint}`) on a unique, foreign key, check or not-null violation; `text_has_nul` (invalid_input);
   * `disk_full`, `database_busy`, `database_unreachable` (unavailable), `database_damaged`,
   * `database_failed`, `database_writer_stopped`, `database_commit_unknown` (internal), `database_closed`
   * (unavailable). Nothing of a rejected batch is kept, except that after `database_writer_stopped` and
   * `database_commit_unknown` the fate of batches in flight is unknown.
   */
  write<const Batch extends readonly WriteStatement[]>(batch: Batch): Promise<WriteResults<Batch>>

  stats(): DatabaseStats

  /** Finishes the writes handed over so far and closes; later reads and writes are refused. */
  close(): Promise<void>
}

/** Demands that `statement` changes exactly `count` rows; otherwise its whole batch is rolled back. */
export function expectChanges<const Statement extends Query>(
  count: number,
  statement: Statement,
): GuardedStatement<Statement> {
  return { statement, expectChanges: count }
}
