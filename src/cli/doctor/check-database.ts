import { toAppError } from '#base/errors'
import type { LoadedConfig } from '#config/index'
import { checkDatabaseFile } from './check-database-file.ts'
import { fail, ok, type Finding } from './finding.ts'

/** The database that the configuration wants: PostgreSQL, or the file in the data folder. */
export async function checkDatabase(
  data: string | undefined,
  config: LoadedConfig | undefined,
): Promise<Finding[]> {
  if (config?.databaseUrl === undefined) {
    if (data === undefined) return []
    const { refuseMovedDatabase } = await import('#platform/process/index')
    try {
      refuseMovedDatabase(data)
    } catch (error) {
      return [fail('database', toAppError(error).message)]
    }
    return checkDatabaseFile(data)
  }
  const { askDatabase } = await import('#ask-database')
  try {
    const answer = await askDatabase(config)
    const state = answer!.migrations === 0 ? 'empty; `hearth serve` fills it' : 'in use by Hearth'
    return [ok('database', `${answer!.server}, ${state}`)]
  } catch (error) {
    return [fail('database', toAppError(error).message)]
  }
}
