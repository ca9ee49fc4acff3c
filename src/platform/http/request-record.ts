import type { Clock } from '#base/time'
import type { LogSink } from '#platform/log/index'
import type { Metrics } from '#platform/metrics/index'
import type { Call } from './call.ts'
import { requestLine, type RequestFacts } from './request-line.ts'

/** Leaves the one log line and the metrics of a finished request. Fields hold ids, counts and durations only. */
export class RequestRecord {
  readonly #log: LogSink
  readonly #clock: Clock
  readonly #requests
  readonly #seconds
  readonly #counters = new Map<string, Map<number, { add(value: number): void }>>()

  constructor(options: { log: LogSink; clock: Clock; metrics: Metrics }) {
    this.#log = options.log
    this.#clock = options.clock
    this.#requests = options.metrics.counter('requests_total', 'Requests answered.', ['route', 'status'])
    this.#seconds = options.metrics.histogram(
      'request_seconds',
      'Time from the first header to the last byte.',
      ['route'],
    )
  }

  /** @param facts what the handler knows beyond the call, such as token counts. */
  write(call: Call, status: number, facts?: RequestFacts): void {
    const ms = this.#clock.monotonic() - call.receivedAt
    this.#counterOf(call.route, status).add(1)
    this.#seconds.observe(ms / 1000, call.route)
    this.#log.request((time) => requestLine(time, call, status, ms, facts))
  }

  #counterOf(route: string, status: number): { add(value: number): void } {
    let byStatus = this.#counters.get(route)
    if (byStatus === undefined) {
      byStatus = new Map()
      this.#counters.set(route, byStatus)
    }
    let counter = byStatus.get(status)
    if (counter === undefined) {
      counter = this.#requests.with(route, String(status))
      byStatus.set(status, counter)
    }
    return counter
  }
}
