import type { EventFeed } from '#platform/events/index'
import type { HouseEvents } from './contract.ts'

const KEEP_ALIVE_MS = 15_000

/** The feed as Server-Sent Events; a comment now and then keeps proxies from closing a quiet stream. */
export async function* eventStream(
  feed: EventFeed<HouseEvents>,
  options: { since: number | undefined; signal: AbortSignal; isStillAllowed: () => boolean },
): AsyncGenerator<string> {
  const { since, signal, isStillAllowed } = options
  const events = feed.subscribe({ signal, ...(since === undefined ? {} : { since }) })
  yield ': listening\n\n'
  let next = events.next()
  for (;;) {
    const result = await orQuiet(next)
    // A key that was revoked meanwhile sees nothing more.
    if (!isStillAllowed()) return
    if (result === QUIET) {
      yield ': keep-alive\n\n'
      continue
    }
    if (result.done) return
    const { id, at, name, data } = result.value
    yield `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify({ at, ...data })}\n\n`
    next = events.next()
  }
}

const QUIET = Symbol('nothing happened for a while')

function orQuiet<T>(next: Promise<T>): Promise<T | typeof QUIET> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(QUIET), KEEP_ALIVE_MS)
    timer.unref()
    next.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
