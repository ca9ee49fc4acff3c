import { sql, type Kysely, type RawBuilder, type SelectQueryBuilder, type SqlBool } from 'kysely'
import type { Database } from '#platform/db/index'
import type { JobProgress, JobState } from './job-row.ts'
import type { JobTable } from './job-table.ts'

/** How many starts that ended without a word (a crash, a power cut) a job gets beyond its attempts. */
const SILENT_ENDS_FORGIVEN = 3

/** More starts than any job has between two backups. */
const FENCE_LEAP = 1_000_000

/** Proof of holding a job: the fence it was started with. */
export interface Held {
  readonly id: string
  readonly fence: number
}

export interface Lease {
  readonly node: string
  readonly now: number
  readonly until: number
}

/** What an attempt leaves behind; columns that are not named keep their values. */
export type AttemptEnd = Partial<JobTable> & { readonly state: JobState }

/**
 * The statements on the table `job`. Whatever a runner changes is guarded by its fence, so a runner
 * whose lease was taken changes nothing and learns so from the missing row.
 *
 * On PostgreSQL several nodes claim at once: each takes rows that no other is about to change
 * (`FOR UPDATE SKIP LOCKED`), so that none waits and no two are in each other's way. All else is the same.
 */
export class JobStore {
  readonly #database: Database
  readonly #tables: Kysely<{ job: JobTable }>

  constructor(database: Database) {
    this.#database = database
    this.#tables = database.tables()
  }

  /** Adds the job unless an unfinished one of its kind has its key; undefined then. */
  async insert(job: JobTable): Promise<JobTable | undefined> {
    const [inserted] = await this.#database.write([
      this.#tables
        .insertInto('job')
        .values(job)
        .onConflict((conflict) =>
          conflict
            .columns(['kind', 'unique_key'])
            .where(sql<boolean>`state IN ('queued', 'running')`)
            .doNothing(),
        )
        .returningAll(),
    ])
    return inserted.rows[0]
  }

  async unfinished(kind: string, key: string): Promise<JobTable | undefined> {
    const rows = await this.#database.read(
      this.#tables
        .selectFrom('job')
        .selectAll()
        .where('kind', '=', kind)
        .where('unique_key', '=', key)
        .where('state', 'in', ['queued', 'running']),
    )
    return rows[0]
  }

  async get(id: string): Promise<JobTable | undefined> {
    const rows = await this.#database.read(this.#tables.selectFrom('job').selectAll().where('id', '=', id))
    return rows[0]
  }

  /** The newest jobs first; `before` names the last job of the page before. */
  async list(filter: {
    state?: JobState
    kind?: string
    before?: string
    limit: number
  }): Promise<JobTable[]> {
    let query = this.#tables.selectFrom('job').selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc')
    if (filter.state !== undefined) query = query.where('state', '=', filter.state)
    if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind)
    if (filter.before !== undefined) {
      query = query.where(
        sql<boolean>`(created_at, id) < (SELECT created_at, id FROM job WHERE id = ${filter.before})`,
      )
    }
    return this.#database.read(query.limit(filter.limit))
  }

  /** Ends a queued job, asks the runner of a running one to end it; undefined where it has ended already. */
  async cancel(id: string, now: number): Promise<JobTable | undefined> {
    const [cancelled] = await this.#database.write([
      this.#tables
        .updateTable('job')
        .set({
          cancel_requested: 1,
          finished_at: sql`CASE WHEN state = 'queued' THEN CAST(${now} AS BIGINT) ELSE finished_at END`,
          state: sql`CASE WHEN state = 'queued' THEN 'cancelled' ELSE state END`,
        })
        .where('id', '=', id)
        .where('state', 'in', ['queued', 'running'])
        .returningAll(),
    ])
    return cancelled.rows[0]
  }

  /** Ends the leases that an earlier life of this node left behind, so that their jobs are due at once. */
  async dropLeases(node: string, now: number): Promise<number> {
    // Nearly always there are none, and a start need not wait for the writer to learn that.
    const left = this.#tables
      .selectFrom('job')
      .select('id')
      .where('state', '=', 'running')
      .where('lease_node', '=', node)
    if ((await this.#database.read(left.limit(1))).length === 0) return 0
    const [dropped] = await this.#database.write([
      this.#tables
        .updateTable('job')
        .set({ lease_until: now })
        .where('state', '=', 'running')
        .where('lease_node', '=', node),
    ])
    return dropped.changes
  }

  /** When the next job of each kind is due: queued ones at their time, running ones when their lease ends. */
  async due(kinds: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.#database.read(
      this.#tables
        .selectFrom('job')
        .select([
          'kind',
          sql<number>`MIN(CASE WHEN state = 'queued' THEN run_at ELSE lease_until END)`.as('due_at'),
        ])
        .where('state', 'in', ['queued', 'running'])
        .where('kind', 'in', kinds)
        .groupBy('kind'),
    )
    return new Map(rows.map((row) => [row.kind, row.due_at]))
  }

  /**
   * Starts up to `limit` due jobs of a kind for a node. Jobs whose runner fell silent are started again
   * too, except those that fell silent too often; these, and what was to be cancelled, end here.
   */
  async claim(
    kind: string,
    limit: number,
    lease: Lease,
  ): Promise<{ ended: JobTable[]; claimed: JobTable[] }> {
    const { node, now, until } = lease
    const due = sql<boolean>`(state = 'queued' AND run_at <= ${now} OR state = 'running' AND lease_until <= ${now})`
    const dueJobs = this.#tables.selectFrom('job').select('id').where('kind', '=', kind).where(due)
    const lostTooOften = sql<number>`max_attempts + ${sql.lit(SILENT_ENDS_FORGIVEN)}`
    const ended = { finished_at: now, lease_node: null, lease_until: null }
    const [cancelled, lost, claimed] = await this.#database.write([
      this.#tables
        .updateTable('job')
        .set({ ...ended, state: 'cancelled' })
        .where(this.#isFreeOf(dueJobs.where('cancel_requested', '=', 1)))
        .returningAll(),
      this.#tables
        .updateTable('job')
        .set({
          ...ended,
          state: 'failed',
          error_code: 'job_lost',
          error_message: 'Each node that ran the job ended in the middle of it, so it is not started again.',
        })
        .where(this.#isFreeOf(dueJobs.where('state', '=', 'running').where('attempt', '>=', lostTooOften)))
        .returningAll(),
      this.#tables
        .updateTable('job')
        .set(({ eb }) => ({
          state: 'running',
          attempt: eb('attempt', '+', 1),
          fence: eb('fence', '+', 1),
          lease_node: node,
          lease_until: until,
          started_at: now,
        }))
        .where(this.#isFreeOf(dueJobs.orderBy('run_at').orderBy('created_at').limit(limit)))
        .returningAll(),
    ])
    // What a statement changed comes back in no order.
    const inOrder = claimed.rows.sort((a, b) => a.run_at - b.run_at || a.created_at - b.created_at)
    return { ended: [...cancelled.rows, ...lost.rows], claimed: inOrder }
  }

  /** Whether a row is one of `jobs` and, on PostgreSQL, in nobody else's hands. */
  #isFreeOf(jobs: SelectQueryBuilder<{ job: JobTable }, 'job', { id: string }>): RawBuilder<SqlBool> {
    if (this.#database.dialect === 'sqlite') return sql<SqlBool>`id IN ${jobs}`
    // An array is made once; a subquery could be executed again for each row, and lock more than its limit.
    return sql<SqlBool>`id = ANY (ARRAY${jobs.forUpdate().skipLocked()})`
  }

  /** Extends the leases that are still held, and returns those jobs. */
  async renew(held: readonly Held[], until: number): Promise<JobTable[]> {
    const [renewed] = await this.#database.write([
      this.#tables
        .updateTable('job')
        .set({ lease_until: until })
        .where('state', '=', 'running')
        .where(({ and, eb, or }) =>
          or(held.map(({ id, fence }) => and([eb('id', '=', id), eb('fence', '=', fence)]))),
        )
        .returningAll(),
    ])
    return renewed.rows
  }

  /** Notes progress on a job that is held; undefined where it is not any more. */
  async progress(held: Held, { done, total, note }: JobProgress): Promise<JobTable | undefined> {
    return this.#change(held, { progress_done: done, progress_total: total, progress_note: note })
  }

  /** Ends an attempt on a job that is held; undefined where it is not any more. */
  async end(held: Held, end: AttemptEnd): Promise<JobTable | undefined> {
    return this.#change(held, { ...end, lease_node: null, lease_until: null })
  }

  /**
   * Queues again what was running when this database was copied, as if its node had stopped in good order. No
   * number that was given out after the copy may be given out a second time, so all fences leap.
   */
  async release(now: number): Promise<number> {
    const unfinished = this.#tables.updateTable('job').where('state', 'in', ['queued', 'running'])
    const [, released] = await this.#database.write([
      unfinished.set((row) => ({ fence: row.eb('fence', '+', FENCE_LEAP) })),
      this.#tables
        .updateTable('job')
        .set((row) => ({
          state: 'queued',
          attempt: row.eb('attempt', '-', 1),
          run_at: now,
          lease_node: null,
          lease_until: null,
        }))
        .where('state', '=', 'running'),
    ])
    return released.changes
  }

  /** Deletes what finished before a time. */
  async prune(before: number): Promise<number> {
    const [pruned] = await this.#database.write([
      this.#tables.deleteFrom('job').where('finished_at', '<', before),
    ])
    return pruned.changes
  }

  async #change({ id, fence }: Held, values: Partial<JobTable>): Promise<JobTable | undefined> {
    const [changed] = await this.#database.write([
      this.#tables
        .updateTable('job')
        .set(values)
        .where('id', '=', id)
        .where('fence', '=', fence)
        .where('state', '=', 'running')
        .returningAll(),
    ])
    return changed.rows[0]
  }
}
