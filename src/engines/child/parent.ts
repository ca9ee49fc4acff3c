import type { ChildMessage } from '../child-messages.ts'

/** Tells the parent; without a parent there is nobody to tell. Resolves once the message is on its way. */
export function tellParent(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || process.send === undefined) resolve()
    else process.send(message, undefined, undefined, () => resolve())
  })
}

/**
 * Ends this process at once. There is nothing to save, and an orderly exit would run native destructors,
 * which may wait for a batch that is still being computed.
 */
export function die(): void {
  process.kill(process.pid, 'SIGKILL')
}
