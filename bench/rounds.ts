import { median, spreadOf, type Spread } from './statistics.ts'

/** One reading for each round, by the name of what was measured. */
export type Rounds<Name extends string, Reading> = Readonly<Record<Name, readonly Reading[]>>

/**
 * Measures all subjects in turn, `rounds` times, starting with another one each time: on a shared machine
 * whose speed drifts, neighbours in time are comparable and nobody always goes first.
 */
export async function interleave<Name extends string, Reading>(
  names: readonly Name[],
  rounds: number,
  measure: (name: Name) => Promise<Reading>,
): Promise<Rounds<Name, Reading>> {
  const readings = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Name, Reading[]>
  for (let round = 0; round < rounds; round++) {
    const first = round % names.length
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      readings[name].push(await measure(name))
    }
  }
  return readings
}

/**
 * The median of the rounds' own ratios. The two of a round were measured within seconds of each other, so
 * that a slow spell of the machine strikes both and cancels out.
 */
export function pairedRatio(subject: readonly number[], reference: readonly number[]): Spread {
  return spreadOf(subject.map((value, round) => value / reference[round]!))
}

/**
 * The ratio of the two medians, for readings such as a p99 that a single hiccup multiplies: the medians
 * leave out the rounds with a hiccup, where paired ratios would let it count on either side.
 */
export function ratioOfMedians(subject: readonly number[], reference: readonly number[]): Spread {
  return spreadOf(
    subject.map((value, round) => value / reference[round]!),
    median(subject) / median(reference),
  )
}

/**
 * How much `subject` adds to `direct`, as a multiple of what `reference` adds. Made from the three medians
 * and not from the rounds' own ratios: the divisor is a small difference, and one round in which it is
 * nearly nothing would give a ratio of any size. The spread is that of the rounds.
 */
export function addedRatio(
  subject: readonly number[],
  reference: readonly number[],
  direct: readonly number[],
): Spread {
  const perRound = subject.map(
    (value, round) => (value - direct[round]!) / (reference[round]! - direct[round]!),
  )
  const floor = median(direct)
  return spreadOf(perRound, (median(subject) - floor) / (median(reference) - floor))
}
