import { resolve } from 'node:path'
import { AppError, isAppError } from '#base/errors'
import { loadConfig, type Environment } from '#config/index'
import { flagsFrom, type DataOptions } from './config-flags.ts'

/**
 * The folder of the Hearth that a command is about. Where a flag or the environment names it, no
 * configuration is read: a mistake in a file, or a key that only the service's environment holds, must not
 * keep anybody from asking a running server.
 */
export async function dataFolder(options: DataOptions, env: Environment): Promise<string> {
  const named = options.data ?? env.HEARTH_DATA
  if (named !== undefined && named !== '') return resolve(named)
  try {
    return (await loadConfig(flagsFrom(options), env)).value.data
  } catch (error) {
    throw isAppError(error) ? withWayOut(error) : error
  }
}

function withWayOut(error: AppError): AppError {
  const message = `${error.message}\nA running Hearth can be asked without its configuration: name its data folder with --data.`
  return new AppError(error.kind, error.code, message, { details: error.details ?? {}, cause: error })
}
