const FIRST_MS = 1000
const LONGEST_MS = 60_000

/** How long to leave a model alone after its n-th failure in a row: 1 s, 2 s, 4 s, up to 60 s. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1))
}
