import type { Clock, Timer } from '#base/time'
import { describe } from '#base/errors'
import type { Log } from '#platform/log/index'
import type { SessionRow, SessionStore } from './session-store.ts'
import { formatSessionToken, type SessionToken } from './session-token.ts'

/** A session ends when it was not used for this long (Cathedral's rule). */
const IDLE_MS = 120 * 60_000
const PRUNE_EVERY_MS = 15 * 60_000
/** Who answered last may be lost in a crash; that a session exists may not. */
const TOUCH_EVERY_MS = 2_000
const SESSIONS_KEPT = 20_000

export interface SessionsOptions {
  readonly store: SessionStore
  readonly clock: Clock
  readonly log: Log
  /** Twelve hex digits or more, random. */
  readonly newThread: () => string
}

/** A conversation that stays with the host that answered it last. */
export interface Session extends SessionToken {
  readonly hostUrl: string | undefined
}

/** Which host each conversation belongs to: Cathedral's sessions, kept over restarts. */
export class Sessions {
  readonly #options: SessionsOptions
  /** By token, the one used longest ago first. */
  readonly #rows = new Map<string, SessionRow>()
  readonly #touched = new Set<string>()
  #timers: Timer[] = []
  #closed = false

  constructor(options: SessionsOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { store, clock } = this.#options
    const rows = await store.usedSince(clock.now() - IDLE_MS, SESSIONS_KEPT)
    for (const row of rows.reverse()) this.#rows.set(tokenOf(row), row)
    this.#every(PRUNE_EVERY_MS, () => this.#prune())
    this.#every(TOUCH_EVERY_MS, () => this.#flush())
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const timer of this.#timers) timer.cancel()
    await this.#flush()
  }

  /** Sessions that have not ended. */
  get active(): number {
    const since = this.#options.clock.now() - IDLE_MS
    let count = 0
    for (const { updated_at: usedAt } of this.#rows.values()) if (usedAt > since) count++
    return count
  }

  /** A session of this key that has not ended, on whichever node it was opened. */
  async find(token: SessionToken, keyId: string): Promise<Session | undefined> {
    const known = this.#rows.get(formatSessionToken(token))
    const row = known ?? (await this.#options.store.find(token.workspace, token.thread))
    if (row === undefined || row.key_id !== keyId) return undefined
    if (row.updated_at <= this.#options.clock.now() - IDLE_MS) return undefined
    if (known === undefined) this.#keep(row)
    return { ...token, hostUrl: row.host_url ?? undefined }
  }

  /** Opens a session; it is on disk when the promise resolves. */
  async open(workspace: string, keyId: string): Promise<Session> {
    const { store, clock, newThread } = this.#options
    const thread = `thr_${newThread()}`
    const now = clock.now()
    const row: SessionRow = {
      workspace_id: workspace,
      thread_id: thread,
      key_id: keyId,
      host_url: null,
      model_id: null,
      created_at: now,
      updated_at: now,
    }
    await store.add(row)
    this.#keep(row)
    return { workspace, thread, hostUrl: undefined }
  }

  /** Notes who answered, so that the next request of the session goes there too. */
  answered(token: SessionToken, hostUrl: string, model: string): void {
    const key = formatSessionToken(token)
    const row = this.#rows.get(key)
    if (row === undefined) return
    this.#rows.delete(key)
    this.#rows.set(key, { ...row, host_url: hostUrl, model_id: model, updated_at: this.#options.clock.now() })
    this.#touched.add(key)
  }

  #keep(row: SessionRow): void {
    this.#rows.set(tokenOf(row), row)
    if (this.#rows.size > SESSIONS_KEPT) this.#rows.delete(this.#rows.keys().next().value!)
  }

  async #prune(): Promise<void> {
    const { store, clock } = this.#options
    const since = clock.now() - IDLE_MS
    for (const [key, { updated_at: usedAt }] of this.#rows) if (usedAt <= since) this.#rows.delete(key)
    // What was used a moment ago must not look unused on disk.
    await this.#flush()
    await store.removeUnusedSince(since)
  }

  async #flush(): Promise<void> {
    const rows = [...this.#touched].flatMap((key) => this.#rows.get(key) ?? [])
    this.#touched.clear()
    if (rows.length > 0) await this.#options.store.touch(rows)
  }

  #every(ms: number, work: () => Promise<void>): void {
    const { clock, log } = this.#options
    const index = this.#timers.length
    const next = (): void => {
      this.#timers[index] = clock.after(ms, () => {
        work()
          .catch((error: unknown) => log.warn({ err: describe(error) }, 'sessions could not be stored'))
          .finally(() => {
            if (!this.#closed) next()
          })
      })
    }
    next()
  }
}

function tokenOf({ workspace_id: workspace, thread_id: thread }: SessionRow): string {
  return formatSessionToken({ workspace, thread })
}
