import { setTimeout } from 'node:timers/promises'

const LOOK_EVERY_MS = 5

/** Resolves once `holds` is true; fails, naming what was awaited, when `limitMs` have passed before. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 10_000,
): Promise<void> {
  const endsAtMs = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > endsAtMs) throw new Error(`Waited ${limitMs} ms in vain for ${what}.`)
    await setTimeout(LOOK_EVERY_MS)
  }
}

/** Resolves with a number once it has stood still for `stillForMs`: where back-pressure has taken hold. */
export async function untilStill(
  what: string,
  read: () => number,
  stillForMs = 300,
  limitMs = 10_000,
): Promise<number> {
  let last = read()
  let sinceMs = performance.now()
  await until(
    `${what} to stand still`,
    () => {
      const now = read()
      if (now !== last) {
        last = now
        sinceMs = performance.now()
      }
      return performance.now() - sinceMs >= stillForMs
    },
    limitMs,
  )
  return last
}
