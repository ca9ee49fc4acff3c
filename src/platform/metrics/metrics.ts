import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'

const PREFIX = 'hearth_'
const SECONDS_BUCKETS = [0.001, 0.005, 0.02, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 600]

export interface CounterHandle {
  /** Label values in the order in which the labels were declared. */
  add(value: number, ...labels: string[]): void
}

export interface HistogramHandle {
  observe(value: number, ...labels: string[]): void
}

/**
 * Prometheus series: prefix `hearth_`, base units, no ids as labels. Values of known label sets are kept as
 * bound children, because finding a child by its labels costs more than counting.
 */
export class Metrics {
  readonly #registry = new Registry()

  constructor() {
    collectDefaultMetrics({ register: this.#registry, prefix: PREFIX })
  }

  counter(name: string, help: string, labelNames: readonly string[] = []): CounterHandle {
    const counter = new Counter({
      name: PREFIX + name,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
    })
    const bound = boundChildren((labels) => counter.labels(...labels))
    return { add: (value, ...labels) => bound(labels).inc(value) }
  }

  histogram(
    name: string,
    help: string,
    labelNames: readonly string[] = [],
    buckets = SECONDS_BUCKETS,
  ): HistogramHandle {
    const histogram = new Histogram({
      name: PREFIX + name,
      help,
      labelNames: [...labelNames],
      buckets,
      registers: [this.#registry],
    })
    const bound = boundChildren((labels) => histogram.labels(...labels))
    return { observe: (value, ...labels) => bound(labels).observe(value) }
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

function boundChildren<Child>(make: (labels: string[]) => Child): (labels: string[]) => Child {
  const children = new Map<string, Child>()
  return (labels) => {
    const key = labels.length === 1 ? labels[0]! : labels.join('\0')
    let child = children.get(key)
    if (child === undefined) {
      child = make(labels)
      children.set(key, child)
    }
    return child
  }
}
