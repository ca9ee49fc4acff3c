import { join } from 'node:path'
import { pinned } from './cores.ts'
import { BenchProcess } from './processes.ts'

export interface StartedScript {
  readonly url: string
  readonly process: BenchProcess
}

/** Starts one of this folder's servers. They print their URL as their first line. */
export async function startScript(
  core: number | undefined,
  name: string,
  ...args: readonly string[]
): Promise<StartedScript> {
  const script = join(import.meta.dirname, name)
  const command = [process.execPath, '--disable-warning=ExperimentalWarning', script, ...args]
  const started = new BenchProcess(pinned(core, command))
  return { url: await started.firstLine(), process: started }
}
