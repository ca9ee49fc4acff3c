export { Metrics, type CounterHandle, type HistogramHandle } from './metrics.ts'
