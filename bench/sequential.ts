import type { ChatRequest } from './chat-request.ts'
import type { LoadClient } from './load.ts'
import { median } from './statistics.ts'

export interface SequentialLatency {
  readonly firstByteMs: number
  readonly totalMs: number
}

/** The medians of `count` requests, each sent when the one before it was answered: nothing ever queues. */
export async function sequentialLatency(
  client: LoadClient,
  request: ChatRequest,
  count: number,
): Promise<SequentialLatency> {
  const firstByteMs: number[] = []
  const totalMs: number[] = []
  for (let sent = 0; sent < count; sent++) {
    const timing = await client.send(request)
    firstByteMs.push(timing.firstByteMs)
    totalMs.push(timing.totalMs)
  }
  return { firstByteMs: median(firstByteMs), totalMs: median(totalMs) }
}
