import type { Database } from '#platform/db/index'

export interface SessionRow {
  readonly workspace_id: string
  readonly thread_id: string
  readonly key_id: string
  readonly host_url: string | null
  readonly model_id: string | null
  readonly created_at: number
  readonly updated_at: number
}

interface Tables {
  affinity_session: SessionRow
}

/** The only place that knows the table of affinity sessions. */
export class SessionStore {
  readonly #database: Database
  readonly #tables

  constructor(database: Database) {
    this.#database = database
    this.#tables = database.tables<Tables>()
  }

  /** Those used after `since`, the latest first, at most `limit`. */
  usedSince(since: number, limit: number): Promise<SessionRow[]> {
    return this.#database.read(
      this.#tables
        .selectFrom('affinity_session')
        .selectAll()
        .where('updated_at', '>', since)
        .orderBy('updated_at', 'desc')
        .orderBy('thread_id')
        .limit(limit),
    )
  }

  async find(workspace: string, thread: string): Promise<SessionRow | undefined> {
    const rows = await this.#database.read(
      this.#tables
        .selectFrom('affinity_session')
        .selectAll()
        .where('workspace_id', '=', workspace)
        .where('thread_id', '=', thread),
    )
    return rows[0]
  }

  async add(row: SessionRow): Promise<void> {
    await this.#database.write([this.#tables.insertInto('affinity_session').values(row)])
  }

  /** Keeps who answered last and when. One that was pruned meanwhile stays gone. */
  async touch(rows: readonly SessionRow[]): Promise<void> {
    await this.#database.write(
      rows.map(({ workspace_id: workspace, thread_id: thread, host_url, model_id, updated_at }) =>
        this.#tables
          .updateTable('affinity_session')
          .set({ host_url, model_id, updated_at })
          .where('workspace_id', '=', workspace)
          .where('thread_id', '=', thread),
      ),
    )
  }

  async removeUnusedSince(time: number): Promise<void> {
    await this.#database.write([this.#tables.deleteFrom('affinity_session').where('updated_at', '<=', time)])
  }
}
