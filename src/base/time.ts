/** A cancellable timer that does not keep the process alive. */
export interface Timer {
  /** Starts counting again from now. */
  refresh(): void
  cancel(): void
}

/** Time as the parts of Hearth see it; passed in so that tests and simulations decide what time it is. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds on a clock that never jumps; only differences mean something. */
  monotonic(): number
  /** Calls `run` once after `ms` milliseconds. */
  after(ms: number, run: () => void): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const handle = setTimeout(run, ms)
    handle.unref()
    return {
      refresh: () => void handle.refresh(),
      cancel: () => {
        clearTimeout(handle)
      },
    }
  },
}

/** Resolves after `ms`, or rejects with the signal's reason when that comes first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = (): void => {
      timer.cancel()
      reject(signal?.reason as Error)
    }
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
