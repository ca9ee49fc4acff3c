import type { MemoryPlan } from './memory.ts'
import type { PacedPlan } from './paced-streams.ts'
import { streamModel } from './model-names.ts'

/**
 * Many short slices, bare and Hearth by turns: on a shared machine what slows one slice slows its neighbour too, and
 * the median of the pairs forgets the pairs where it did not.
 */
export interface ThroughputPlan {
  readonly rounds: number
  readonly sliceMs: number
}

/** How much of everything: `full` for figures to publish, `short` to notice a regression within a minute. */
export interface RelayPlan {
  readonly rounds: number
  readonly warmUpRequests: number
  readonly sequentialJson: number
  readonly sequentialStreams: number
  readonly throughput: ThroughputPlan
  readonly concurrency: number
  readonly paced: PacedPlan
  readonly pacedRounds: number
  readonly memory: MemoryPlan
  readonly starts: number
  /** After which the bench gives up as a whole. */
  readonly limitMs: number
}

/** A short answer sent at once: what matters is its first byte. */
export const BRIEF_MODEL = streamModel({ chunks: 8, intervalMs: 0 })

export const FULL_PLAN: RelayPlan = {
  rounds: 9,
  warmUpRequests: 10_000,
  sequentialJson: 2000,
  sequentialStreams: 1000,
  throughput: { rounds: 45, sliceMs: 600 },
  concurrency: 32,
  paced: { streams: 48, intervalMs: 10, settleMs: 500, windowMs: 2000 },
  pacedRounds: 17,
  memory: { early: 50_000, late: 250_000, concurrency: 32 },
  starts: 9,
  limitMs: 15 * 60_000,
}

export const SHORT_PLAN: RelayPlan = {
  rounds: 5,
  warmUpRequests: 3000,
  sequentialJson: 800,
  sequentialStreams: 500,
  throughput: { rounds: 9, sliceMs: 300 },
  concurrency: 32,
  paced: { streams: 48, intervalMs: 10, settleMs: 200, windowMs: 1000 },
  pacedRounds: 5,
  memory: { early: 10_000, late: 50_000, concurrency: 32 },
  starts: 5,
  limitMs: 90_000,
}
