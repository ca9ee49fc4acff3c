import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Database, DatabaseStats, Query, WriteResults, WriteStatement } from '#platform/db/index'

/** Long enough for everything that follows from an answer, without a timer, to ask the next thing. */
const QUIET_TURNS = 10

/** A database that knows whether somebody waits for it, so that a test can let a queue do all it has to do. */
export class WatchedDatabase implements Database {
  readonly dialect: Database['dialect']
  readonly #database: Database
  #asked = 0
  #waiting = 0

  constructor(database: Database) {
    this.#database = database
    this.dialect = database.dialect
  }

  /** Resolves once nobody has asked for anything in a while. */
  async quiet(): Promise<void> {
    for (let turn = 0, asked = this.#asked; turn < QUIET_TURNS; turn++) {
      await nextTurn()
      if (this.#waiting === 0 && this.#asked === asked) continue
      asked = this.#asked
      turn = -1
    }
  }

  tables<Tables>(): Kysely<Tables> {
    return this.#database.tables()
  }

  read<Row>(query: Query<Row>): Promise<Row[]> {
    return this.#watch(this.#database.read(query))
  }

  write<const Batch extends readonly WriteStatement[]>(batch: Batch): Promise<WriteResults<Batch>> {
    return this.#watch(this.#database.write(batch))
  }

  stats(): DatabaseStats {
    return this.#database.stats()
  }

  close(): Promise<void> {
    return this.#database.close()
  }

  async #watch<Result>(work: Promise<Result>): Promise<Result> {
    this.#asked++
    this.#waiting++
    try {
      return await work
    } finally {
      this.#waiting--
    }
  }
}
