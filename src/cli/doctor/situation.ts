import type { AppError } from '#base/errors'
import { toAppError } from '#base/errors'
import { loadConfig, type Environment, type LoadedConfig } from '#config/index'
import { statusRoutes, type Health } from '#status/contract'
import type { ApiClient } from '../api-client.ts'
import { flagsFrom, type ConfigOptions } from '../config-flags.ts'
import { dataFolder } from '../data-folder.ts'
import { findServer } from '../find-server.ts'

/** What every check may look at, found out once. */
export interface Situation {
  readonly env: Environment
  /** The configuration, or why it cannot be used. */
  readonly config: LoadedConfig | AppError
  /** Undefined where only the configuration could tell, and it cannot be used. */
  readonly data: string | undefined
  /** The running Hearth, or why there is none to talk to. */
  readonly server: RunningServer | AppError
}

export interface RunningServer {
  readonly client: ApiClient
  readonly health: Health
  /** By its own clock, and by ours at the same moment, in milliseconds since 1970. */
  readonly clocks: { readonly server: number | undefined; readonly own: number }
}

export async function lookAround(options: ConfigOptions, env: Environment): Promise<Situation> {
  return {
    env,
    config: await loadConfig(flagsFrom(options), env).catch(toAppError),
    data: await dataFolder(options, env).catch(() => undefined),
    server: await runningServer(options, env).catch(toAppError),
  }
}

async function runningServer(options: ConfigOptions, env: Environment): Promise<RunningServer | AppError> {
  const search = await findServer(options, env)
  if (search.client === undefined) return search.why
  const { body, serverTime } = await search.client.answer(statusRoutes.health)
  return { client: search.client, health: body, clocks: { server: serverTime, own: Date.now() } }
}
