const FOR_EVER_MS = 2 ** 30

/**
 * Works until it is done or a person presses Ctrl-C, which aborts the signal with `reason`. A second Ctrl-C
 * ends the process at once.
 */
export async function untilInterrupted<Result>(
  reason: Error,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController()
  const interrupt = (): void => stop.abort(reason)
  process.once('SIGINT', interrupt)
  // Hearth's clock does not keep a process alive, and while the work waits nothing else may.
  const awake = setInterval(() => undefined, FOR_EVER_MS)
  try {
    return await work(stop.signal)
  } finally {
    clearInterval(awake)
    process.off('SIGINT', interrupt)
  }
}
