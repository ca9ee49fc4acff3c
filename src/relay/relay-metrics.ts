import type { CounterHandle, HistogramHandle, Metrics } from '#platform/metrics/index'
import type { Usage } from './event-stream-tap.ts'

interface TokenCounters {
  readonly in: { add(value: number): void }
  readonly out: { add(value: number): void }
}

/** The relay's series. Models and hosts are labels because the owner names them and they are few. */
export class RelayMetrics {
  readonly #tokens: CounterHandle
  readonly #bySource = { host: new Map<string, TokenCounters>(), estimated: new Map<string, TokenCounters>() }
  readonly #firstByte: HistogramHandle
  readonly #wait: HistogramHandle
  readonly #failures: CounterHandle

  constructor(metrics: Metrics, active: () => number) {
    this.#tokens = metrics.counter('tokens_total', 'Tokens by model; counted by the host, or estimated.', [
      'model',
      'direction',
      'source',
    ])
    this.#firstByte = metrics.histogram(
      'first_byte_seconds',
      'Time from the request to the first byte of its answer.',
      ['route'],
    )
    this.#wait = metrics.histogram('slot_wait_seconds', 'Time waited for a slot.', [])
    this.#failures = metrics.counter('host_failures_total', 'Tries that a host did not answer in order.', [
      'host',
      'code',
    ])
    metrics.gauge('relay_active_requests', 'Requests being relayed.', active)
  }

  tokens(model: string, usage: Usage, source: 'host' | 'estimated'): void {
    const { in: prompt, out: completion } = this.#tokensOf(model, source)
    prompt.add(usage.promptTokens)
    completion.add(usage.completionTokens)
  }

  #tokensOf(model: string, source: 'host' | 'estimated'): TokenCounters {
    let counters = this.#bySource[source].get(model)
    if (counters === undefined) {
      counters = { in: this.#tokens.with(model, 'in', source), out: this.#tokens.with(model, 'out', source) }
      this.#bySource[source].set(model, counters)
    }
    return counters
  }

  firstByte(route: string, seconds: number): void {
    this.#firstByte.observe(seconds, route)
  }

  waited(seconds: number): void {
    this.#wait.observe(seconds)
  }

  hostFailed(host: string, code: string): void {
    this.#failures.add(1, host, code)
  }
}
