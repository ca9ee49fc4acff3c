import { Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { CounterSeries, HistogramSeries } from './series.ts'

const PREFIX = 'hearth_'
const SECONDS_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]

export interface CounterHandle {
  /** Label values in the order in which the labels were declared. */
  add(value: number, ...labels: string[]): void
}

export interface HistogramHandle {
  observe(value: number, ...labels: string[]): void
}

/** Prometheus series: prefix `hearth_`, base units, no ids as labels. */
export class Metrics {
  readonly #registry = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.#registry, prefix: PREFIX })
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): CounterHandle {
    const series = new CounterSeries({ name: PREFIX + name, help, labelNames })
    this.#registry.registerMetric(series.asMetric())
    return series
  }

  histogram(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    buckets = SECONDS_BUCKETS,
  ): HistogramHandle {
    const series = new HistogramSeries({ name: PREFIX + name, help, labelNames }, buckets)
    this.#registry.registerMetric(series.asMetric())
    return series
  }

  /** A value read when somebody asks. */
  gauge(
    name: string,
    help: string,
    labelNames: readonly string[],
    collect: (set: (value: number, ...labels: string[]) => void) => void,
  ): void {
    new Gauge({
      name: PREFIX + name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
      collect() {
        this.reset()
        collect((value, ...labels) => this.labels(...labels).set(value))
      },
    })
  }

  /** The Prometheus text format. */
  async text(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() }
  }
}
