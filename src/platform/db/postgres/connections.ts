import pg, { type ClientConfig, type PoolClient } from 'pg'
import { POSTGRES_VALUES } from './postgres-values.ts'

/** Enough to keep a disk busy with commits, and few among the hundred that a server takes by default. */
const CONNECTIONS = 8
const CONNECT_WITHIN_MS = 10_000
/** A statement of Hearth takes milliseconds; one that takes this long waits for a lock. */
const STATEMENT_WITHIN_MS = 60_000
/** The server ends a statement first; this is for a network that says nothing any more. */
const ANSWER_WITHIN_MS = 70_000
const IDLE_FOR_MS = 60_000

/** What a running Hearth calls its connections, so that a restore can see that there is one. */
export const SERVING = 'hearth'
const COPYING = 'hearth-copy'

/** How every connection of Hearth is made. */
export function connectionTo(url: string): ClientConfig {
  return {
    connectionString: url,
    fallback_application_name: SERVING,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    keepAlive: true,
    types: POSTGRES_VALUES,
  }
}

/** A connection of its own, for work that takes its time: migrations and copies. Whoever asks for it ends it. */
export async function connectAlone(url: string): Promise<pg.Client> {
  const client = new pg.Client({ ...connectionTo(url), fallback_application_name: COPYING })
  // A connection that breaks says so to its statement as well.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    // A server that was not answered as it expects would keep the connection open for a minute.
    void client.end().catch(() => undefined)
    throw error
  }
}

/** The few connections over which a running Hearth reads and writes. */
export class Connections {
  readonly #pool: pg.Pool

  constructor(url: string) {
    this.#pool = new pg.Pool({
      ...connectionTo(url),
      max: CONNECTIONS,
      idleTimeoutMillis: IDLE_FOR_MS,
      statement_timeout: STATEMENT_WITHIN_MS,
      idle_in_transaction_session_timeout: STATEMENT_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
    })
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', (client) => client.on('error', () => undefined))
  }

  /**
   * Lends a connection. One that comes back in the middle of a transaction, or from work that threw, is
   * closed, which undoes what it had begun.
   */
  async use<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect()
    let isSound = false
    try {
      const result = await work(client)
      isSound = client.getTransactionStatus() === 'I'
      return result
    } finally {
      client.release(!isSound)
    }
  }

  close(): Promise<void> {
    return this.#pool.end()
  }
}
