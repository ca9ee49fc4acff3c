import { formatDuration } from '#base/text'
import type { Clock } from '#base/time'
import type { PullJob } from '#catalog/contract'
import type { Output } from './output.ts'
import { TransferProgress } from './transfer-progress.ts'

export interface PullProgressOptions {
  readonly output: Pick<Output, 'aside' | 'progress'>
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
}

/** Shows a download at a terminal: how far it is, or what it waits for. */
export class PullProgress {
  readonly #options: PullProgressOptions
  #transfer: TransferProgress
  /** The attempt whose failure was told. */
  #told = 0

  constructor(options: PullProgressOptions) {
    this.#options = options
    this.#transfer = new TransferProgress(options.clock)
  }

  show(job: PullJob): void {
    const { output, clock } = this.#options
    if (job.state === 'running') {
      output.progress(this.#transfer.line(job.done_bytes, job.total_bytes))
    } else if (job.state === 'queued') {
      // While it waits nothing arrives, which says nothing about the network.
      this.#transfer = new TransferProgress(clock)
      if (job.error !== null && job.attempt > this.#told) {
        this.#told = job.attempt
        output.aside(job.error.message)
      }
      const waitMs = (job.next_attempt_at ?? 0) - clock.now()
      output.progress(
        waitMs > 0
          ? `Trying again in ${formatDuration(Math.ceil(waitMs / 1000) * 1000)}`
          : 'Waiting for its turn',
      )
    }
  }

  /** Takes away the line that changes. */
  end(): void {
    this.#options.output.progress('')
  }
}
