import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The part of V8's `.cpuprofile` format that self time is made from. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Microseconds spent in each function itself, by `name (place)`; all threads of one process together. */
export function selfTimes(folder: string): Map<string, number> {
  const totals = new Map<string, number>()
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
    const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
    for (const [index, id] of profile.samples.entries()) {
      const name = names.get(id) ?? '(unknown)'
      totals.set(name, (totals.get(name) ?? 0) + (profile.timeDeltas[index] ?? 0))
    }
  }
  totals.delete('(idle)')
  return totals
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName
  const place = url.replace(/^file:\/\/.*?\/(?=(?:node_modules|dist|src|bench)\/)/, '')
  return `${functionName || '(anonymous)'} (${place}:${lineNumber + 1})`
}
