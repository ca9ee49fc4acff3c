import type { Ids } from '#base/ids'
import type { Clock, Timer } from '#base/time'
import type { Database } from '#platform/db/index'
import type { Log } from '#platform/log/index'
import { invalidPayload, jobNotFound, unknownJobKind } from './errors.ts'
import type { AnyJobDefinition, JobDefinition } from './job-definition.ts'
import type { JobRow, JobState } from './job-row.ts'
import { JobRunner } from './job-runner.ts'
import { JobStore } from './job-store.ts'
import { toJobRow, type JobTable } from './job-table.ts'

const DAY_MS = 24 * 60 * 60_000
const RETENTION_MS = 30 * DAY_MS

export interface JobsOptions {
  readonly db: Database
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Log
  /** The name of this node: unique among nodes, and the same after a restart. */
  readonly node: string
  /** Told of each change of a job that this node makes, after it is on disk. Must not throw. */
  readonly onChange?: (job: JobRow) => void
}

export interface EnqueueOptions {
  /** While a job of the kind with this key is unfinished, another is not made. */
  readonly key?: string
  readonly correlationId: string
  readonly actorKeyId?: string
}

export interface JobFilter {
  readonly state?: JobState
  readonly kind?: string
  readonly limit: number
  /** The id of the last job of the page before. */
  readonly before?: string
}

/**
 * Background work that survives a restart: each job is a row, run at least once, by one node at a time
 * that holds a lease on it, tried again after errors that may pass, and kept for 30 days once finished.
 */
export class Jobs {
  readonly #store: JobStore
  readonly #runner: JobRunner
  readonly #definitions = new Map<string, AnyJobDefinition>()
  readonly #options: JobsOptions
  #pruneTimer: Timer | undefined
  #pruning: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: JobsOptions) {
    const { db, clock, log, node } = options
    this.#options = options
    this.#store = new JobStore(db)
    this.#runner = new JobRunner({
      store: this.#store,
      clock,
      log,
      node,
      definitions: this.#definitions,
      onChange: (job) => {
        this.#changed(job)
      },
    })
  }

  /** Makes a kind of job known, before `start`. A node runs the kinds it defines. */
  define<Payload, Result>(kind: string, definition: JobDefinition<Payload, Result>): void {
    if (this.#definitions.has(kind)) throw new Error(`The job kind ${kind} is defined twice.`)
    this.#definitions.set(kind, definition as AnyJobDefinition)
  }

  /**
   * Queues a job; it is on disk when the promise resolves.
   *
   * @returns the new job, or the unfinished one that has the key.
   * @throws AppError `job_payload_invalid` (invalid_input), `job_kind_unknown` (internal).
   */
  async enqueue(kind: string, payload: unknown, options: EnqueueOptions): Promise<JobRow> {
    const definition = this.#definitions.get(kind)
    if (definition === undefined) throw unknownJobKind(kind)
    const parsed = definition.schema.safeParse(payload)
    if (!parsed.success) throw invalidPayload(kind, parsed.error.issues.map(describeIssue).join('; '))
    const job = await this.#insertOrFind(this.#newJob(kind, definition.maxAttempts, payload, options))
    this.#runner.wake()
    return job
  }

  /** @throws AppError `job_not_found` (not_found). */
  async get(id: string): Promise<JobRow> {
    const job = await this.#store.get(id)
    if (job === undefined) throw jobNotFound(id)
    return toJobRow(job)
  }

  /** Jobs that match, the newest first. */
  async list(filter: JobFilter): Promise<JobRow[]> {
    return (await this.#store.list(filter)).map(toJobRow)
  }

  /**
   * Ends a queued job at once and asks a running one to end; a finished one is left as it is.
   *
   * @returns the job as it is then. @throws AppError `job_not_found` (not_found).
   */
  async cancel(id: string): Promise<JobRow> {
    const cancelled = await this.#store.cancel(id, this.#options.clock.now())
    if (cancelled === undefined) return this.get(id)
    this.#changed(cancelled)
    this.#runner.cancel(id)
    return toJobRow(cancelled)
  }

  /** Takes back what an earlier life of this node was running, and starts to work until the signal aborts. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, log, node } = this.#options
    const takenBack = await this.#store.dropLeases(node, clock.now())
    if (takenBack > 0)
      log.info({ jobs: takenBack }, 'Jobs that were running when Hearth ended are started again.')
    if (signal.aborted || this.#closing !== undefined) return
    signal.addEventListener('abort', () => void this.close(), { once: true })
    this.#runner.start()
    this.#prune()
  }

  /** Stops working: running jobs get 5 s to end and go back to the queue. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#pruneTimer?.cancel()
    await this.#runner.close()
    await this.#pruning
  }

  async #insertOrFind(job: JobTable): Promise<JobRow> {
    for (;;) {
      const inserted = await this.#store.insert(job)
      if (inserted !== undefined) {
        this.#changed(inserted)
        return toJobRow(inserted)
      }
      // Whoever has the key may finish between the two statements; then the key is free.
      const holder = await this.#store.unfinished(job.kind, job.unique_key!)
      if (holder !== undefined) return toJobRow(holder)
    }
  }

  #newJob(kind: string, maxAttempts: number, payload: unknown, options: EnqueueOptions): JobTable {
    const now = this.#options.clock.now()
    return {
      id: this.#options.ids.id('job'),
      kind,
      state: 'queued',
      unique_key: options.key ?? null,
      payload: JSON.stringify(payload ?? null),
      result: null,
      error_code: null,
      error_message: null,
      attempt: 0,
      max_attempts: maxAttempts,
      run_at: now,
      lease_node: null,
      lease_until: null,
      fence: 0,
      cancel_requested: 0,
      progress_done: null,
      progress_total: null,
      progress_note: null,
      correlation_id: options.correlationId,
      actor_key_id: options.actorKeyId ?? null,
      created_at: now,
      started_at: null,
      finished_at: null,
    }
  }

  #changed(job: JobTable): void {
    this.#options.onChange?.(toJobRow(job))
  }

  #prune(): void {
    const { clock, log } = this.#options
    this.#pruning = this.#store.prune(clock.now() - RETENTION_MS).then(
      () => undefined,
      (error: unknown) => {
        log.warn({ err: error }, 'Old jobs could not be deleted.')
      },
    )
    this.#pruneTimer = clock.after(DAY_MS, () => {
      this.#prune()
    })
  }
}

function describeIssue(issue: { path: PropertyKey[]; message: string }): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`
}
