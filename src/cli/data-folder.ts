import { resolve } from 'node:path'
import { loadConfig, type Environment } from '#config/index'
import { flagsFrom, type DataOptions } from './config-flags.ts'

/**
 * The folder of the Hearth that a command is about. Where a flag or the environment names it, no
 * configuration is read: a mistake in a file must not keep anybody from asking a running server.
 */
export async function dataFolder(options: DataOptions, env: Environment): Promise<string> {
  const named = options.data ?? env.HEARTH_DATA
  if (named !== undefined && named !== '') return resolve(named)
  return (await loadConfig(flagsFrom(options), env)).value.data
}
