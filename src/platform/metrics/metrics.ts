import type * as PromClient from 'prom-client'
import { CounterSeries, HistogramSeries } from './series.ts'

const PREFIX = 'hearth_'
const SECONDS_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]

export interface CounterHandle {
  /** Label values in the order in which the labels were declared. */
  add(value: number, ...labels: string[]): void
  /** The counter of one set of labels, for who counts it often. */
  with(...labels: string[]): { add(value: number): void }
}

export interface HistogramHandle {
  observe(value: number, ...labels: string[]): void
}

type Prometheus = typeof PromClient

/**
 * Prometheus series: prefix `hearth_`, base units, no ids as labels. Counting needs no library; the one that
 * writes the format is loaded after the start.
 */
export class Metrics {
  readonly #makers: ((prometheus: Prometheus) => PromClient.Metric)[] = []
  #registry: Promise<PromClient.Registry> | undefined

  counter(name: string, help: string, labelNames: readonly string[] = []): CounterHandle {
    const series = new CounterSeries({ name: PREFIX + name, help, labelNames })
    this.#makers.push(() => series.asMetric())
    return series
  }

  histogram(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    buckets = SECONDS_BUCKETS,
  ): HistogramHandle {
    const series = new HistogramSeries({ name: PREFIX + name, help, labelNames }, buckets)
    this.#makers.push(() => series.asMetric())
    return series
  }

  /** A value read when somebody asks. */
  gauge(name: string, help: string, collect: () => number): void {
    this.#makers.push(
      ({ Gauge }) =>
        new Gauge({
          name: PREFIX + name,
          help,
          registers: [],
          collect() {
            this.set(collect())
          },
        }),
    )
  }

  /** Loads what measures the process itself; until then nothing is known of its CPU time. */
  open(): Promise<PromClient.Registry> {
    this.#registry ??= this.#open()
    return this.#registry
  }

  /** The Prometheus text format. */
  async text(): Promise<{ contentType: string; body: string }> {
    const registry = await this.open()
    return { contentType: registry.contentType, body: await registry.metrics() }
  }

  async #open(): Promise<PromClient.Registry> {
    const prometheus = await import('prom-client')
    const registry = new prometheus.Registry()
    prometheus.collectDefaultMetrics({ register: registry, prefix: PREFIX })
    for (const make of this.#makers) registry.registerMetric(make(prometheus))
    return registry
  }
}
