import type { ActorKind, Scope } from '#base/actor'
import type { Database } from '#platform/db/index'

export interface KeyRow {
  readonly id: string
  readonly name: string
  readonly secret_hash: string
  readonly scope: Scope
  readonly kind: ActorKind
  readonly created_at: number
  /** The key that made it; null for the first one. */
  readonly created_by: string | null
  readonly revoked_at: number | null
  readonly revoked_by: string | null
}

export interface ConsoleSessionRow {
  readonly token_hash: string
  readonly key_id: string
  readonly created_at: number
  readonly expires_at: number
}

interface Tables {
  keys: KeyRow
  console_sessions: ConsoleSessionRow
}

/** The only place that knows the tables of keys and console sessions. */
export class KeyStore {
  readonly #database: Database
  readonly #tables

  constructor(database: Database) {
    this.#database = database
    this.#tables = database.tables<Tables>()
  }

  keys(): Promise<KeyRow[]> {
    return this.#database.read(
      this.#tables.selectFrom('keys').selectAll().orderBy('created_at').orderBy('id'),
    )
  }

  async addKey(row: KeyRow): Promise<void> {
    await this.#database.write([this.#tables.insertInto('keys').values(row)])
  }

  /** Revokes a key and ends the sessions that came from it, together. */
  async revokeKey(id: string, revoked: Pick<KeyRow, 'revoked_at' | 'revoked_by'>): Promise<void> {
    await this.#database.write([
      this.#tables
        .updateTable('keys')
        .set({ revoked_at: revoked.revoked_at, revoked_by: revoked.revoked_by })
        .where('id', '=', id)
        .where('revoked_at', 'is', null),
      this.#tables.deleteFrom('console_sessions').where('key_id', '=', id),
    ])
  }

  sessions(now: number): Promise<ConsoleSessionRow[]> {
    return this.#database.read(
      this.#tables.selectFrom('console_sessions').selectAll().where('expires_at', '>', now),
    )
  }

  /** Adds a session and clears those that ended. */
  async addSession(row: ConsoleSessionRow): Promise<void> {
    await this.#database.write([
      this.#tables.deleteFrom('console_sessions').where('expires_at', '<=', row.created_at),
      this.#tables.insertInto('console_sessions').values(row),
    ])
  }

  /** Ends every session. @returns how many there were. */
  async endSessions(): Promise<number> {
    const [ended] = await this.#database.write([this.#tables.deleteFrom('console_sessions')])
    return ended.changes
  }

  async removeSession(tokenHash: string): Promise<void> {
    await this.#database.write([
      this.#tables.deleteFrom('console_sessions').where('token_hash', '=', tokenHash),
    ])
  }
}
