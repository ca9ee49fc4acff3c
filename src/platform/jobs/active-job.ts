import { isAppError, systemCode } from '#base/errors'
import { withoutNul } from '#base/text'
import type { Clock, Timer } from '#base/time'
import type { Log } from '#platform/log/index'
import { afterFailure } from './after-failure.ts'
import { interruptionError, invalidPayload, type Interruption } from './errors.ts'
import { toProgress, type AnyJobDefinition, type JobContext } from './job-definition.ts'
import type { JobProgress } from './job-row.ts'
import type { AttemptEnd, Held, JobStore } from './job-store.ts'
import type { JobTable } from './job-table.ts'

const PROGRESS_EVERY_MS = 1000

export interface ActiveJobOptions {
  readonly job: JobTable
  readonly definition: AnyJobDefinition
  readonly store: JobStore
  readonly clock: Clock
  readonly log: Log
  readonly onChange: (job: JobTable) => void
}

/** One attempt of one job on this node, from its claim to what is written down about it. */
export class ActiveJob implements Held {
  readonly id: string
  readonly fence: number
  readonly kind: string
  readonly #options: ActiveJobOptions
  readonly #abort = new AbortController()
  #interruption: Interruption | undefined
  /** Progress that is not on disk yet. */
  #unsaved: JobProgress | undefined
  #saveTimer: Timer | undefined

  constructor(options: ActiveJobOptions) {
    this.id = options.job.id
    this.fence = options.job.fence
    this.kind = options.job.kind
    this.#options = options
  }

  /** Asks the job to end. The first interruption counts, except that a lost lease overrules all. */
  interrupt(interruption: Interruption): void {
    if (this.#interruption === undefined || interruption === 'lease_lost') this.#interruption = interruption
    this.#abort.abort(interruptionError(interruption))
  }

  /** Runs the attempt and keeps its outcome; settles when both are done, and never throws. */
  async run(): Promise<void> {
    const end = await this.#attempt()
    this.#saveTimer?.cancel()
    await this.#keep(end)
  }

  /** Gives the job back to the queue without waiting for a run that does not end. */
  async abandon(): Promise<void> {
    this.#saveTimer?.cancel()
    await this.#keep(this.#backToQueue())
    this.#interruption = 'lease_lost'
  }

  async #attempt(): Promise<AttemptEnd> {
    const { definition, job, clock } = this.#options
    try {
      const result = await definition.run(this.#context())
      return {
        ...this.#ended('succeeded'),
        result: JSON.stringify(result ?? null),
        error_code: null,
        error_message: null,
      }
    } catch (thrown) {
      if (this.#interruption === 'cancelled') return this.#ended('cancelled')
      if (this.#interruption === 'stopping') return this.#backToQueue()
      const { error, retryInMs } = afterFailure(thrown, job.attempt, job.max_attempts)
      this.#logFailure(thrown, retryInMs)
      const why = { error_code: error.code, error_message: withoutNul(error.message) }
      if (retryInMs === undefined) return { ...this.#ended('failed'), ...why }
      return { state: 'queued', run_at: clock.now() + retryInMs, ...why, ...this.#progressColumns() }
    }
  }

  #context(): JobContext<unknown> {
    const { job, definition } = this.#options
    const payload = definition.schema.safeParse(JSON.parse(job.payload))
    if (!payload.success) throw invalidPayload(job.kind, payload.error.message)
    return {
      id: job.id,
      payload: payload.data,
      correlationId: job.correlation_id,
      actorKeyId: job.actor_key_id,
      attempt: job.attempt,
      fence: job.fence,
      signal: this.#abort.signal,
      progress: (progress) => {
        this.#noteProgress(toProgress(progress))
      },
    }
  }

  #ended(state: 'succeeded' | 'failed' | 'cancelled'): AttemptEnd {
    return { state, finished_at: this.#options.clock.now(), ...this.#progressColumns() }
  }

  /** As if this start had never been: a stop is not the job's fault. */
  #backToQueue(): AttemptEnd {
    const { job } = this.#options
    return { state: 'queued', attempt: job.attempt - 1, ...this.#progressColumns() }
  }

  #progressColumns(): Partial<JobTable> {
    if (this.#unsaved === undefined) return {}
    const { done, total, note } = this.#unsaved
    return { progress_done: done, progress_total: total, progress_note: note }
  }

  #noteProgress(progress: JobProgress): void {
    this.#unsaved = progress
    this.#saveTimer ??= this.#options.clock.after(PROGRESS_EVERY_MS, () => void this.#saveProgress())
  }

  async #saveProgress(): Promise<void> {
    this.#saveTimer = undefined
    const progress = this.#unsaved
    if (progress === undefined) return
    try {
      const saved = await this.#options.store.progress(this, progress)
      if (this.#unsaved === progress) this.#unsaved = undefined
      if (saved === undefined) this.interrupt('lease_lost')
      else this.#options.onChange(saved)
    } catch (error) {
      this.#options.log.warn({ err: error, job: this.id }, 'The progress of a job could not be kept.')
    }
  }

  async #keep(end: AttemptEnd): Promise<void> {
    const { store, log, onChange } = this.#options
    if (this.#interruption === 'lease_lost') return
    try {
      const kept = await store.end(this, end)
      if (kept !== undefined) onChange(kept)
      else
        log.warn(
          { job: this.id, kind: this.kind },
          'A job lost its lease before it ended; its result is thrown away.',
        )
    } catch (error) {
      // It stays `running` until the lease ends, and is then started again.
      log.error({ err: error, job: this.id, kind: this.kind }, 'The end of a job could not be kept.')
    }
  }

  #logFailure(thrown: unknown, retryInMs: number | undefined): void {
    const { job, log } = this.#options
    const expected = isAppError(thrown) || systemCode(thrown) !== undefined
    const fields = {
      err: thrown,
      job: job.id,
      kind: job.kind,
      correlationId: job.correlation_id,
      attempt: job.attempt,
      retryInMs,
    }
    if (expected || retryInMs !== undefined) log.warn(fields, 'A job failed.')
    else log.error(fields, 'A job failed.')
  }
}
