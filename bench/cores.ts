import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Which core the relay under test has to itself, and which all others share. */
export interface Cores {
  readonly relay: number
  readonly others: number
}

/** Two cores that this process may use, or undefined where pinning is impossible. */
export function findCores(): Cores | undefined {
  if (spawnSync('taskset', ['--version']).status !== 0) return undefined
  const status = readFileSync('/proc/self/status', 'utf8')
  const [relay, others] = listedCores(/^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '')
  return relay === undefined || others === undefined ? undefined : { relay, others }
}

/** Pins every thread of this process. */
export function pinSelf(core: number): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(process.pid)], {
    stdio: 'ignore',
  })
}

/** `command`, to be run on one core. `taskset` becomes the command, so that the pid stays the same. */
export function pinned(core: number | undefined, command: readonly string[]): readonly string[] {
  return core === undefined ? command : ['taskset', '--cpu-list', String(core), ...command]
}

/** `0-2,5` as numbers. */
function listedCores(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split('-').map(Number)
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset)
  })
}
