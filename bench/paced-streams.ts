import { setTimeout } from 'node:timers/promises'
import { StampReader } from './stamp-reader.ts'
import { streamRequest } from './chat-request.ts'
import { streamModel } from './model-names.ts'
import { quantile } from './statistics.ts'
import type { Subject } from './subjects.ts'

export interface PacedPlan {
  readonly streams: number
  readonly intervalMs: number
  /** From the first stream until counting begins, so that no start of a stream is counted. */
  readonly settleMs: number
  readonly windowMs: number
}

export interface PacedReading {
  readonly cpuMicrosPerChunk: number
  readonly latencyP50Ms: number
  readonly latencyP99Ms: number
  /** Share of chunks between 35 and 50 ms late: the mark of Nagle's algorithm against delayed ACKs. */
  readonly share40Ms: number
}

/** The mock host's model for a plan: its streams outlast the window. */
export function pacedModel({ intervalMs, settleMs, windowMs }: PacedPlan): string {
  return streamModel({ chunks: Math.ceil((settleMs + windowMs) / intervalMs) + 10, intervalMs })
}

/** Many streams at a model's pace: what a chunk costs the relay, and how late it arrives. */
export async function pacedStreams({ client, relay }: Subject, plan: PacedPlan): Promise<PacedReading> {
  const request = streamRequest(pacedModel(plan))
  const latenciesMs: number[] = []
  const window = { isOpen: false }

  const oneStream = async (index: number): Promise<void> => {
    // Evenly out of step, as unrelated callers are.
    await setTimeout((index * plan.intervalMs) / plan.streams)
    const stamps = new StampReader((latencyMs) => {
      if (window.isOpen) latenciesMs.push(latencyMs)
    })
    await client.send(request, (bytes) => {
      stamps.push(bytes)
    })
  }
  const streams = Promise.all(Array.from({ length: plan.streams }, (_, index) => oneStream(index)))
  const measure = async (): Promise<number> => {
    await setTimeout(plan.settleMs)
    window.isOpen = true
    const cpuBefore = relay?.cpuMicros() ?? 0
    await setTimeout(plan.windowMs)
    window.isOpen = false
    return (relay?.cpuMicros() ?? 0) - cpuBefore
  }
  const [cpuMicros] = await Promise.all([measure(), streams])
  return {
    cpuMicrosPerChunk: cpuMicros / latenciesMs.length,
    latencyP50Ms: quantile(latenciesMs, 0.5),
    latencyP99Ms: quantile(latenciesMs, 0.99),
    share40Ms: latenciesMs.filter((ms) => ms >= 35 && ms < 50).length / latenciesMs.length,
  }
}
