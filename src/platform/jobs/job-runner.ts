import type { Clock, Timer } from '#base/time'
import type { Log } from '#platform/log/index'
import { ActiveJob } from './active-job.ts'
import type { AnyJobDefinition } from './job-definition.ts'
import type { JobStore } from './job-store.ts'
import type { JobTable } from './job-table.ts'

/** How long a node that fell silent keeps its jobs from the others. */
const LEASE_MS = 30_000
const RENEW_EVERY_MS = LEASE_MS / 3
/** Jobs that other nodes queue and leases that end are found by looking, this often at most and at least. */
const SHORTEST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 5_000
/** How long a job may take to end when Hearth stops. */
const STOP_WITHIN_MS = 5_000

export interface JobRunnerOptions {
  readonly store: JobStore
  readonly clock: Clock
  readonly log: Log
  readonly node: string
  readonly definitions: ReadonlyMap<string, AnyJobDefinition>
  readonly onChange: (job: JobTable) => void
}

/** Starts due jobs of this node's kinds and keeps their leases, in rounds that never overlap. */
export class JobRunner {
  readonly #options: JobRunnerOptions
  /** What runs here, with the promise of its end. */
  readonly #active = new Map<ActiveJob, Promise<void>>()
  #state: 'new' | 'running' | 'closed' = 'new'
  #round: Promise<void> | undefined
  #wokenMeanwhile = false
  #timer: Timer | undefined
  #leasesUntil = 0

  constructor(options: JobRunnerOptions) {
    this.#options = options
  }

  start(): void {
    if (this.#state !== 'new') return
    this.#state = 'running'
    this.wake()
  }

  /** Looks for work now: a job was queued or a place became free. */
  wake(): void {
    if (this.#state !== 'running') return
    if (this.#round !== undefined) {
      this.#wokenMeanwhile = true
      return
    }
    this.#timer?.cancel()
    this.#round = this.#runRound().finally(() => {
      this.#round = undefined
      if (!this.#wokenMeanwhile) return
      this.#wokenMeanwhile = false
      this.wake()
    })
  }

  /** Ends a job that runs here because somebody cancelled it. */
  cancel(id: string): void {
    for (const job of this.#active.keys()) if (job.id === id) job.interrupt('cancelled')
  }

  /** Starts nothing more, asks what runs to end, and gives back to the queue what does not in 5 s. */
  async close(): Promise<void> {
    this.#state = 'closed'
    this.#timer?.cancel()
    await this.#round
    const late = Promise.withResolvers<undefined>()
    const timer = this.#options.clock.after(STOP_WITHIN_MS, () => {
      late.resolve(undefined)
    })
    for (const job of this.#active.keys()) job.interrupt('stopping')
    await Promise.race([Promise.all(this.#active.values()), late.promise])
    timer.cancel()
    await Promise.all([...this.#active.keys()].map((job) => job.abandon()))
  }

  async #runRound(): Promise<void> {
    const { clock, log } = this.#options
    let waitMs = LONGEST_WAIT_MS
    try {
      await this.#renewLeases()
      waitMs = await this.#startDueJobs()
    } catch (error) {
      log.warn({ err: error }, 'The job queue could not be read; trying again shortly.')
    }
    if (this.#state !== 'running') return
    this.#timer = clock.after(Math.min(Math.max(waitMs, SHORTEST_WAIT_MS), LONGEST_WAIT_MS), () => {
      this.wake()
    })
  }

  async #renewLeases(): Promise<void> {
    const { store, clock } = this.#options
    const now = clock.now()
    if (this.#active.size === 0 || now < this.#leasesUntil - LEASE_MS + RENEW_EVERY_MS) return
    const held = [...this.#active.keys()]
    try {
      const renewed = new Map((await store.renew(held, now + LEASE_MS)).map((job) => [job.id, job]))
      this.#leasesUntil = now + LEASE_MS
      for (const job of held) {
        const row = renewed.get(job.id)
        if (row === undefined) this.#lost(job)
        else if (row.cancel_requested === 1) job.interrupt('cancelled')
      }
    } catch (error) {
      if (now >= this.#leasesUntil) for (const job of held) this.#lost(job)
      throw error
    }
  }

  /** A job that ended while its lease was being renewed has not lost it. */
  #lost(job: ActiveJob): void {
    if (this.#active.has(job)) job.interrupt('lease_lost')
  }

  /** Claims what is due and fits, and returns how long until the next job of a kind with a free place. */
  async #startDueJobs(): Promise<number> {
    const { store, clock, definitions, onChange } = this.#options
    const free = new Map(
      [...definitions].map(([kind, { concurrency = 1 }]) => [kind, concurrency - this.#count(kind)]),
    )
    const kinds = [...free.keys()].filter((kind) => free.get(kind)! > 0)
    if (kinds.length === 0) return LONGEST_WAIT_MS
    let waitMs = LONGEST_WAIT_MS
    for (const [kind, dueAt] of await store.due(kinds)) {
      const now = clock.now()
      if (dueAt > now) {
        waitMs = Math.min(waitMs, dueAt - now)
        continue
      }
      const lease = { node: this.#options.node, now, until: now + LEASE_MS }
      const { ended, claimed } = await store.claim(kind, free.get(kind)!, lease)
      for (const job of ended) onChange(job)
      for (const job of claimed) this.#launch(job, lease.until)
      waitMs = SHORTEST_WAIT_MS
    }
    return waitMs
  }

  #count(kind: string): number {
    return [...this.#active.keys()].filter((job) => job.kind === kind).length
  }

  #launch(job: JobTable, leaseUntil: number): void {
    const { store, clock, log, definitions, onChange } = this.#options
    const active = new ActiveJob({ job, definition: definitions.get(job.kind)!, store, clock, log, onChange })
    // All leases are renewed together, so the one that ends first decides when.
    this.#leasesUntil = this.#active.size === 0 ? leaseUntil : Math.min(this.#leasesUntil, leaseUntil)
    onChange(job)
    const ended = active.run().finally(() => {
      this.#active.delete(active)
      this.wake()
    })
    this.#active.set(active, ended)
  }
}
