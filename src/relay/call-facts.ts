import type { AttemptOutcome } from './attempt-outcome.ts'
import type { Usage } from './event-stream-tap.ts'
import type { RelayRequest } from './read-request.ts'
import type { RelayMetrics } from './relay-metrics.ts'

/** What the log line of a relayed call tells beside the call itself. A type, as a record of facts must be. */
export type CallFacts = {
  model?: string
  host?: string
  stream?: boolean
  wait_ms?: number
  first_byte_ms?: number
  tokens_in?: number
  tokens_out?: number
  tokens_estimated?: boolean
  outcome: string
}

const BYTES_PER_TOKEN = 4

/** Notes how an answer went and what it cost. */
export function noteAnswer(
  facts: CallFacts,
  request: RelayRequest,
  outcome: AttemptOutcome & { kind: 'answered' },
  metrics: RelayMetrics,
): void {
  if (facts.outcome === 'ok' && outcome.fault !== undefined) facts.outcome = outcome.fault.code
  if (outcome.status >= 300) return
  const usage = outcome.usage ?? estimate(request, outcome)
  facts.tokens_in = usage.promptTokens
  facts.tokens_out = usage.completionTokens
  if (outcome.usage === undefined) facts.tokens_estimated = true
  metrics.tokens(request.model, usage, outcome.usage === undefined ? 'estimated' : 'host')
}

/** Where a host gives no counts: a token an event, and the request's size in tokens of four bytes. */
function estimate(request: RelayRequest, outcome: { events?: number }): Usage {
  return {
    promptTokens: Math.ceil(request.body.length / BYTES_PER_TOKEN),
    completionTokens: outcome.events ?? 0,
  }
}
