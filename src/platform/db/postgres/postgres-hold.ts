import pg from 'pg'
import { AppError } from '#base/errors'
import { sleep, type Timer } from '#base/time'
import type { DatabaseHold, HoldOptions } from '../database-hold.ts'
import { connectAlone } from './connections.ts'
import { toPostgresError } from './postgres-errors.ts'
import { serverName } from './server-name.ts'

/** The same number in every Hearth, beside that of the schema in use: several schemas may share a database. */
const LOCK = `1751474546, hashtext(coalesce(current_schema(), ''))`
/** A Hearth that was killed a moment ago may not have been noticed by the server yet. */
const WAIT_MS = 2_000
/** A holder whose machine is gone is forgotten by the server after forty seconds. */
const SETTINGS = `SET lock_timeout = ${WAIT_MS}; SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`
const LOOK_EVERY_MS = 10_000
const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000
const LOCK_NOT_AVAILABLE = '55P03'

interface PostgresHoldOptions extends HoldOptions {
  readonly url: string
}

interface Session {
  readonly pid: number
  readonly since: string
}

/**
 * Holds a PostgreSQL database by a lock of a session of its own, which ends with this process however that ends.
 * When the connection breaks, it is taken again as soon as the server answers.
 */
export class PostgresHold implements DatabaseHold {
  readonly #options: PostgresHoldOptions
  readonly #server: string
  readonly #released = new AbortController()
  #client: pg.Client | undefined
  #session: Session | undefined
  #look: Timer | undefined

  constructor(options: PostgresHoldOptions) {
    this.#options = options
    this.#server = serverName(options.url)
  }

  /** @throws AppError as `holdDatabase`. */
  async start(): Promise<void> {
    try {
      await this.#take()
    } catch (error) {
      throw toPostgresError(error, this.#server)
    }
  }

  async release(): Promise<void> {
    this.#released.abort()
    this.#look?.cancel()
    const client = this.#client
    this.#client = undefined
    await client?.end().catch(() => undefined)
  }

  async #take(): Promise<void> {
    const client = await connectAlone(this.#options.url)
    try {
      await client.query(SETTINGS)
      await this.#endFormerSession(client)
      await client.query(`SELECT pg_advisory_lock(${LOCK})`)
      const { rows } = await client.query<Session>(
        'SELECT pid, backend_start::text AS since FROM pg_stat_activity WHERE pid = pg_backend_pid()',
      )
      this.#session = rows[0]
    } catch (error) {
      void client.end().catch(() => undefined)
      throw error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE
        ? databaseInUse(this.#server)
        : error
    }
    this.#client = client
    client.once('end', () => this.#lose(client))
    if (this.#released.signal.aborted) await this.release()
    else this.#lookLater(client)
  }

  /** Where only the network broke, the server still keeps the lock for a session that nobody speaks to. */
  async #endFormerSession(client: pg.Client): Promise<void> {
    if (this.#session === undefined) return
    const { pid, since } = this.#session
    await client.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2::timestamptz',
      [pid, since],
    )
  }

  /** A network that says nothing any more would be noticed after hours. */
  #lookLater(client: pg.Client): void {
    this.#look = this.#options.clock.after(LOOK_EVERY_MS, () => {
      const answer = client.query({ text: 'SELECT 1', query_timeout: LOOK_EVERY_MS } as pg.QueryConfig)
      answer.then(
        () => {
          if (this.#client === client) this.#lookLater(client)
        },
        () => this.#lose(client),
      )
    })
  }

  #lose(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#look?.cancel()
    void client.end().catch(() => undefined)
    void this.#takeAgain()
  }

  async #takeAgain(): Promise<void> {
    const { clock, log, onLost } = this.#options
    const { signal } = this.#released
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        await this.#take()
        return
      } catch (thrown) {
        const error = toPostgresError(thrown, this.#server)
        if (error.code === 'database_in_use') {
          log.error({ err: error }, 'Another Hearth took the database.')
          onLost?.(error)
          return
        }
      }
      await sleep(clock, pauseMs, signal).catch(() => undefined)
    }
  }
}

function databaseInUse(server: string): AppError {
  return new AppError(
    'conflict',
    'database_in_use',
    `Another Hearth works on the database at ${server}. Stop that one first, or give this one a database of its own. One whose machine was lost is forgotten within a minute.`,
  )
}
