import type { DatabaseSync, StatementSync } from 'node:sqlite'

const MOST_STATEMENTS = 500

/** Prepared statements of one connection by their text; the least recently used one goes first. */
export class StatementCache {
  readonly #database: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  get(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) {
      this.#statements.delete(sql)
      this.#statements.set(sql, known)
      return known
    }
    const statement = this.#database.prepare(sql)
    this.#statements.set(sql, statement)
    if (this.#statements.size > MOST_STATEMENTS) {
      this.#statements.delete(this.#statements.keys().next().value!)
    }
    return statement
  }
}
