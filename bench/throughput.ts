import type { ChatRequest } from './chat-request.ts'
import type { Subject } from './subjects.ts'

export interface Throughput {
  readonly perSecond: number
  /** CPU time of the relay for each request; 0 where there is no relay. */
  readonly cpuMicrosPerRequest: number
  /** Share of one core that the relay used: near 1, it was the relay that set the pace. */
  readonly busyShare: number
}

/** How many requests are answered while `concurrency` of them are always under way. */
export async function throughput(
  { client, relay }: Subject,
  request: ChatRequest,
  concurrency: number,
  durationMs: number,
): Promise<Throughput> {
  const cpuBefore = relay?.cpuMicros() ?? 0
  const startedAtMs = performance.now()
  const answered = await client.sendMany(concurrency, () =>
    performance.now() - startedAtMs < durationMs ? request : undefined,
  )
  const elapsedMs = performance.now() - startedAtMs
  const cpuMicros = (relay?.cpuMicros() ?? 0) - cpuBefore
  return {
    perSecond: (answered / elapsedMs) * 1e3,
    cpuMicrosPerRequest: cpuMicros / answered,
    busyShare: cpuMicros / (elapsedMs * 1e3),
  }
}
