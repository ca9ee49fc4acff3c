import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCores, pinSelf, type Cores } from './cores.ts'

export interface Workplace {
  /** A temporary folder that goes when this process goes. */
  readonly folder: string
  readonly cores: Cores | undefined
}

/**
 * What every bench needs before it starts anything: a folder, cores, and an end. However the process ends
 * (by itself, by a signal, by the time limit), the children and the folder go with it.
 */
export function openWorkplace(limitMs: number): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'))
  process.once('exit', () => {
    rmSync(folder, { recursive: true, force: true })
  })
  // Ending through `exit` lets the handler above and those of the children run.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  setTimeout(() => {
    console.error(`The bench took longer than ${limitMs / 1000} s and was given up.`)
    process.exit(1)
  }, limitMs).unref()

  const cores = findCores()
  if (cores !== undefined) pinSelf(cores.others)
  console.log(
    cores === undefined
      ? 'Not pinned: there are no two cores, or no taskset. Read the figures with care.'
      : `Relays run on core ${cores.relay}; mock host and load on core ${cores.others}.`,
  )
  console.log(
    `Load of the machine before the start: ${loadavg()[0]!.toFixed(2)}. Near 0 is a quiet machine.\n`,
  )
  return { folder, cores }
}
