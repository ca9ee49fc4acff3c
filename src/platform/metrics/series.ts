import type { Metric } from 'prom-client'

/** Label values joined into one map key. */
type LabelKey = string

const SEPARATOR = '\u0000'

interface Series {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

interface Sample {
  readonly value: number
  readonly labels: Record<string, string>
  readonly metricName?: string
}

/**
 * Counters and histograms that the registry reads but does not keep: prom-client hashes the labels at each
 * observation, which costs more than the rest of it together, several times a request.
 */
export class CounterSeries {
  readonly #series: Series
  readonly #values = new Map<LabelKey, { value: number }>()

  constructor(series: Series) {
    this.#series = series
  }

  add(value: number, ...labels: string[]): void {
    this.#cell(keyOf(labels)).value += value
  }

  /** For who counts the same thing often: the labels are looked up once. */
  with(...labels: string[]): { add(value: number): void } {
    const cell = this.#cell(keyOf(labels))
    return {
      add: (value) => {
        cell.value += value
      },
    }
  }

  #cell(key: LabelKey): { value: number } {
    let cell = this.#values.get(key)
    if (cell === undefined) {
      cell = { value: 0 }
      this.#values.set(key, cell)
    }
    return cell
  }

  asMetric(): Metric {
    const { name, help, labelNames } = this.#series
    return registered(name, help, 'counter', () =>
      [...this.#values].map(([key, { value }]) => ({ value, labels: labelsOf(labelNames, key) })),
    )
  }
}

interface Buckets {
  /** Observations in each bucket, not yet added up; the last is above every bound. */
  readonly counts: number[]
  sum: number
}

export class HistogramSeries {
  readonly #series: Series
  readonly #bounds: readonly number[]
  readonly #values = new Map<LabelKey, Buckets>()

  /** @param bounds upper bounds of the buckets, rising */
  constructor(series: Series, bounds: readonly number[]) {
    this.#series = series
    this.#bounds = bounds
  }

  observe(value: number, ...labels: string[]): void {
    const key = keyOf(labels)
    let buckets = this.#values.get(key)
    if (buckets === undefined) {
      buckets = { counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 }
      this.#values.set(key, buckets)
    }
    let at = 0
    while (at < this.#bounds.length && value > this.#bounds[at]!) at++
    buckets.counts[at]!++
    buckets.sum += value
  }

  asMetric(): Metric {
    const { name, help, labelNames } = this.#series
    return registered(name, help, 'histogram', () =>
      [...this.#values].flatMap(([key, buckets]) => this.#samples(name, labelsOf(labelNames, key), buckets)),
    )
  }

  #samples(name: string, labels: Record<string, string>, { counts, sum }: Buckets): Sample[] {
    let total = 0
    const samples: Sample[] = counts.map((count, at) => {
      total += count
      const bound = this.#bounds[at]
      return {
        metricName: `${name}_bucket`,
        value: total,
        labels: { ...labels, le: bound === undefined ? '+Inf' : String(bound) },
      }
    })
    return [
      ...samples,
      { metricName: `${name}_sum`, value: sum, labels },
      { metricName: `${name}_count`, value: total, labels },
    ]
  }
}

/** What a registry asks of a metric. */
function registered(name: string, help: string, type: string, values: () => Sample[]): Metric {
  const metric = {
    name,
    help,
    type,
    aggregator: 'sum',
    get: () => Promise.resolve({ name, help, type, aggregator: 'sum', values: values() }),
  }
  return metric as unknown as Metric
}

function keyOf(labels: readonly string[]): LabelKey {
  let key = labels[0] ?? ''
  for (let at = 1; at < labels.length; at++) key += SEPARATOR + labels[at]!
  return key
}

function labelsOf(names: readonly string[], key: LabelKey): Record<string, string> {
  const values = key.split(SEPARATOR)
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']))
}
