import { AppError, systemCode } from '#base/errors'
import { placeName, type DatabasePlace } from '#platform/db/index'
import { readServerFile } from '#platform/process/index'

/**
 * A backup that a timer makes may lack the DATABASE_URL that the service has, and would then copy a file that
 * nobody writes to any more, every night.
 *
 * @throws AppError `backup_other_database` (conflict) where a Hearth runs on this folder with another database.
 */
export function refuseOtherDatabase(data: string, place: DatabasePlace): void {
  const server = readServerFile(data)
  const own = placeName(place)
  if (server?.database === undefined || server.database === own || !isAlive(server.pid)) return
  throw new AppError(
    'conflict',
    'backup_other_database',
    `The running Hearth (process ${String(server.pid)}) keeps its data in ${server.database}, and this command was told of ${own}. Give it the same DATABASE_URL or --config.`,
    { details: { running: server.database, told: own } },
  )
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}
