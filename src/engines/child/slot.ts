import type { Clock } from '#base/time'

/** How long a generation may go on after it was told to stop. */
const OBEY_MS = 5000

export interface SlotListener {
  onBusy(): void
  onIdle(): void
  /** The running work was told to stop and did not within 5 s. */
  onStuck(): void
}

/** Lets one piece of work run at a time; the rest wait in order and may leave. */
export class Slot {
  readonly #clock: Clock
  readonly #listener: SlotListener
  readonly #waiting: (() => void)[] = []
  #isTaken = false

  constructor(clock: Clock, listener: SlotListener) {
    this.#clock = clock
    this.#listener = listener
  }

  get waiting(): number {
    return this.#waiting.length
  }

  get isTaken(): boolean {
    return this.#isTaken
  }

  /**
   * Runs `work` when its turn comes and passes the turn on when it has settled, also after an abort:
   * the native side must be still before the next one begins. Rejects with the signal's reason when
   * that comes while waiting.
   */
  async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    await this.#turn(signal)
    const watchdog = this.#watchObedience(signal)
    try {
      signal.throwIfAborted()
      return await work()
    } finally {
      watchdog[Symbol.dispose]()
      this.#passOn()
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    if (!this.#isTaken) {
      this.#isTaken = true
      this.#listener.onBusy()
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        reject(signal.reason as Error)
      }
      this.#waiting.push(enter)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  #passOn(): void {
    const next = this.#waiting.shift()
    if (next !== undefined) {
      next()
      return
    }
    this.#isTaken = false
    this.#listener.onIdle()
  }

  #watchObedience(signal: AbortSignal): Disposable {
    const onAbort = (): void => {
      const timer = this.#clock.after(OBEY_MS, () => this.#listener.onStuck())
      stop = () => timer.cancel()
    }
    let stop = (): void => signal.removeEventListener('abort', onAbort)
    signal.addEventListener('abort', onAbort, { once: true })
    return { [Symbol.dispose]: () => stop() }
  }
}
