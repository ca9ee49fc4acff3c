import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely'
import type { AppError } from '#base/errors'
import { sleep, type Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import { compiled, compiledEntry } from '../compile-query.ts'
import type { Database, DatabaseStats, Query, WriteResults, WriteStatement } from '../database.ts'
import { batchRefused, databaseClosed } from '../database-errors.ts'
import type { CompiledBatch, StatementResult } from '../write-protocol.ts'
import type { Connections } from './connections.ts'
import { forCallers } from './for-callers.ts'
import { commitUnknown, saysAway, saysConflict, toPostgresError } from './postgres-errors.ts'
import { writeBatch } from './write-batch.ts'

/** How long work that has not been done waits for a server that restarts. */
const PATIENCE_MS = 5_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
/** How often a batch may be undone for the sake of another before its caller hears of it. */
const CONFLICTS_FORGIVEN = 10
const SLOW_COMMIT_MS = 1_000

export interface PostgresDatabaseOptions {
  readonly connections: Connections
  /** Its address without the password. */
  readonly server: string
  readonly clock: Clock
  readonly log: Log
}

/**
 * PostgreSQL as a Database. Each batch is a transaction of its own; several run at once, so batches that
 * were not awaited have no order among them.
 *
 * What has provably changed nothing is done again by itself: statements whose connection broke before their
 * commit was sent, for five seconds, and transactions that the server undid for the sake of another.
 */
export class PostgresDatabase implements Database {
  readonly dialect = 'postgres'
  readonly #options: PostgresDatabaseOptions
  readonly #builder = new Kysely<unknown>({ dialect: builderDialect })
  /** What was handed over and has not ended. */
  readonly #working = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined
  #lastAlone: Promise<unknown> = Promise.resolve()
  #isAway = false
  #reads = 0
  #batches = 0
  #transactions = 0
  #pending = 0

  constructor(options: PostgresDatabaseOptions) {
    this.#options = options
  }

  tables<Tables>(): Kysely<Tables> {
    return this.#builder as Kysely<Tables>
  }

  async read<Row>(query: Query<Row>): Promise<Row[]> {
    this.#refuseWhenClosed()
    this.#reads++
    const { sql, parameters } = compiled(query)
    return this.#track(
      this.#patiently(async () => {
        try {
          const { rows } = await this.#options.connections.use((client) => client.query(sql, parameters))
          return { value: rows as Row[] }
        } catch (failed) {
          return { failed }
        }
      }),
    )
  }

  async write<const Batch extends readonly WriteStatement[]>(batch: Batch): Promise<WriteResults<Batch>> {
    this.#refuseWhenClosed()
    this.#batches++
    const statements = batch.map(compiledEntry)
    this.#pending++
    const written = this.#patiently(() => this.#attempt(statements)).finally(() => {
      this.#pending--
    })
    return (await this.#track(written)) as WriteResults<Batch>
  }

  stats(): DatabaseStats {
    return {
      reads: this.#reads,
      batches: this.#batches,
      transactions: this.#transactions,
      pending: this.#pending,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#working)
    await this.#options.connections.close()
  }

  #refuseWhenClosed(): void {
    if (this.#closing !== undefined) throw databaseClosed('in PostgreSQL')
  }

  #track<Result>(work: Promise<Result>): Promise<Result> {
    this.#working.add(work)
    const forget = (): void => void this.#working.delete(work)
    work.then(forget, forget)
    return work
  }

  async #attempt(batch: CompiledBatch): Promise<Attempt<StatementResult[]>> {
    if (batch.length === 0) return { value: [] }
    const { connections, clock, log } = this.#options
    const startedAt = clock.monotonic()
    try {
      const outcome = await connections.use((client) => writeBatch(client, batch, saysAway))
      if ('refused' in outcome) return { error: batchRefused(outcome.refused) }
      if ('unknown' in outcome) return { error: commitUnknown('PostgreSQL', outcome.unknown) }
      if ('failed' in outcome) return outcome
      this.#transactions++
      const tookMs = Math.round(clock.monotonic() - startedAt)
      if (tookMs > SLOW_COMMIT_MS) log.warn({ tookMs }, 'PostgreSQL took long to keep a change.')
      return { value: outcome.done }
    } catch (failed) {
      // Only lending a connection throws: nothing was sent.
      return { failed }
    }
  }

  /** Does what has provably not been done until it is done, refused or the patience ends. */
  async #patiently<Value>(attempt: () => Promise<Attempt<Value>>): Promise<Value> {
    const { server, clock } = this.#options
    const endsAt = clock.monotonic() + PATIENCE_MS
    let pauseMs = FIRST_PAUSE_MS
    let conflicts = 0
    for (;;) {
      const outcome = conflicts === 0 ? await attempt() : await this.#alone(attempt)
      if ('value' in outcome) {
        this.#noteAway(undefined)
        return outcome.value
      }
      if ('error' in outcome) throw outcome.error
      const { failed, entry } = outcome
      const error = toPostgresError(failed, server, entry)
      if (saysConflict(failed)) {
        if (++conflicts > CONFLICTS_FORGIVEN) throw forCallers(error)
        continue
      }
      if (error.code !== 'database_unreachable') throw forCallers(error)
      this.#noteAway(error)
      if (clock.monotonic() + pauseMs > endsAt) throw forCallers(error)
      await sleep(clock, pauseMs)
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
  }

  /** Batches that were in each other's way go one by one, or they would meet again. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#lastAlone.then(work)
    this.#lastAlone = result.catch(() => undefined)
    return result
  }

  /** One line when the server goes and one when it is back, however many statements notice. */
  #noteAway(error: AppError | undefined): void {
    const isAway = error !== undefined
    if (isAway === this.#isAway) return
    this.#isAway = isAway
    const { log, server } = this.#options
    if (isAway) log.warn({ err: error }, 'PostgreSQL is away; trying again.')
    else log.info({ server }, 'PostgreSQL is back.')
  }
}

type Attempt<Value> =
  | { readonly value: Value }
  /** The last word: trying again would not help, or not be safe. */
  | { readonly error: AppError }
  /** Nothing was changed. */
  | { readonly failed: unknown; readonly entry?: number }

const builderDialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (kysely: Kysely<unknown>) => new PostgresIntrospector(kysely),
  createQueryCompiler: () => new PostgresQueryCompiler(),
}
