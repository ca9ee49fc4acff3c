import { pinned } from './cores.ts'
import { startHearth, type HearthOptions } from './hearth.ts'
import { BenchProcess } from './processes.ts'

/** From spawn to first healthy answer on a data folder that exists, in milliseconds. */
export async function hearthStartMs(options: HearthOptions, dataFolder: string): Promise<number> {
  const hearth = await startHearth(options, dataFolder)
  await hearth.process.stop()
  return hearth.startMs
}

/** From spawn to end of a Node.js that has nothing to do, in milliseconds: the floor of any start. */
export async function emptyNodeMs(core: number | undefined): Promise<number> {
  const startedAtMs = performance.now()
  const empty = new BenchProcess(pinned(core, [process.execPath, '-e', '0']))
  await empty.exited()
  return performance.now() - startedAtMs
}
