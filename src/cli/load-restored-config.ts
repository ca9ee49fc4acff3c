import { loadConfig, locate, type Environment, type Flags, type LoadedConfig } from '#config/index'
import { finishRestore } from '#finish-restore'

/** The configuration, once a restore that was cut off in its data folder is brought to its end. */
export async function loadRestoredConfig(flags: Flags, env: Environment): Promise<LoadedConfig> {
  const { data } = await locate(flags, env)
  await finishRestore(data)
  return loadConfig(flags, env)
}
