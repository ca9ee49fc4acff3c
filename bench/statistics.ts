/** The value that the share `share` (0 to 1) of the values does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('No values were measured.')
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

/** The middle value; of an even number of values the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const upper = quantile(values, 0.5)
  if (values.length % 2 === 1) return upper
  const lower = Float64Array.from(values).sort()[values.length / 2 - 1]!
  return (lower + upper) / 2
}

/** A figure with the lowest and highest of the rounds it was made from. */
export interface Spread {
  readonly value: number
  readonly low: number
  readonly high: number
}

export function spreadOf(values: readonly number[], value = median(values)): Spread {
  return { value, low: Math.min(...values), high: Math.max(...values) }
}
