import type { JobRow } from '#platform/jobs/index'
import { within } from '../fakes/within.ts'

/** Remembers every change of jobs, and waits for those that a test wants to see. */
export class JobWatcher {
  readonly #seen: JobRow[] = []
  readonly #waiting: { wanted: (job: JobRow) => boolean; found: (job: JobRow) => void }[] = []

  readonly onChange = (job: JobRow): void => {
    this.#seen.push(job)
    for (const { wanted, found } of this.#waiting) if (wanted(job)) found(job)
  }

  has(wanted: (job: JobRow) => boolean): boolean {
    return this.#seen.some(wanted)
  }

  /** The first change that is as wanted, past ones included. */
  async saw(what: string, wanted: (job: JobRow) => boolean): Promise<JobRow> {
    const past = this.#seen.find(wanted)
    if (past !== undefined) return past
    const { promise, resolve } = Promise.withResolvers<JobRow>()
    this.#waiting.push({ wanted, found: resolve })
    return within(10_000, what, promise)
  }

  sawState(id: string, state: JobRow['state']): Promise<JobRow> {
    return this.saw(`${id} to be ${state}`, (job) => job.id === id && job.state === state)
  }
}
