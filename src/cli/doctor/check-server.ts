import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isAppError } from '#base/errors'
import { plural } from '#base/text'
import { lockDataFolder, packageVersion } from '#platform/process/index'
import { fail, ok, warn, type Finding } from './finding.ts'
import type { Situation } from './situation.ts'

/** Whether a Hearth runs, whether it has something to answer with, and who holds the data folder. */
export function checkServer({ server, data }: Situation): Finding[] {
  if (!isAppError(server)) {
    const { health, client } = server
    const running = `Hearth ${health.version} answers at ${client.url}, with ${plural(health.models, 'model')}`
    if (!health.ready)
      return [
        warn(
          'server',
          `${running}, none of which can be asked now.`,
          '`hearth status` shows what each host says.',
        ),
      ]
    if (health.version !== packageVersion())
      return [
        warn(
          'server',
          `${running}; this command is ${packageVersion()}.`,
          'Restart Hearth to run the version that is installed.',
        ),
      ]
    return [ok('server', running)]
  }
  // One that was named and does not answer is a fault; one that nobody named may be meant to be stopped.
  if (server.code !== 'no_server') return [fail('server', server.message)]
  const absent = warn('server', server.message, 'That is in order if it is meant to be stopped.')
  return [absent, ...(data === undefined ? [] : checkLock(data))]
}

/** Takes the lock for an instant, which is the only sure way to see whether it is free. */
function checkLock(data: string): Finding[] {
  if (!existsSync(join(data, 'lock'))) return []
  try {
    lockDataFolder(data).release()
    return [ok('lock', 'the data folder is free')]
  } catch (error) {
    if (!isAppError(error) || error.code !== 'data_folder_locked') return [] // check-data-folder says why
    const { pid } = error.details ?? {}
    const holder = typeof pid === 'number' ? `process ${String(pid)}` : 'another process'
    return [
      fail(
        'lock',
        `The data folder is held by ${holder}, which does not answer as a Hearth.`,
        `It may be starting or stopping. If it stays so, look at its log and stop ${holder}.`,
      ),
    ]
  }
}
