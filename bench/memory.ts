import type { ChatRequest } from './chat-request.ts'
import type { Relay } from './subjects.ts'
import { median } from './statistics.ts'

const SAMPLE_EVERY_MS = 50

export interface MemoryPlan {
  /** The two counts of requests at which memory is compared. */
  readonly early: number
  readonly late: number
  readonly concurrency: number
}

export interface MemoryReading {
  readonly earlyBytes: number
  readonly lateBytes: number
}

/**
 * Resident memory around two counts of requests: each is the median of samples over the last fifth before
 * `early`, and over as many requests before `late`, because a heap under load rises and falls all the time.
 * Closes the client.
 */
export async function memoryUnderLoad(
  { client, relay }: Relay,
  requests: readonly ChatRequest[],
  plan: MemoryPlan,
): Promise<MemoryReading> {
  const span = plan.early / 5
  let sent = 0
  const next = (): ChatRequest | undefined =>
    sent < plan.late ? requests[sent++ % requests.length] : undefined
  const early: number[] = []
  const late: number[] = []
  const sampler = setInterval(() => {
    if (sent > plan.early - span && sent <= plan.early) early.push(relay.rssBytes())
    if (sent > plan.late - span) late.push(relay.rssBytes())
  }, SAMPLE_EVERY_MS)
  try {
    await client.sendMany(plan.concurrency, next)
  } finally {
    clearInterval(sampler)
    client.close()
  }
  return { earlyBytes: median(early), lateBytes: median(late) }
}
