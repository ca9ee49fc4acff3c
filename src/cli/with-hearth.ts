import { AppError, isAppError } from '#base/errors'
import type { Environment } from '#config/index'
import type { Offline } from '#offline'
import type { ApiClient } from './api-client.ts'
import { flagsFrom, type DataOptions } from './config-flags.ts'
import { findServer } from './find-server.ts'
import { loadRestoredConfig } from './load-restored-config.ts'

export interface WithHearthOptions {
  readonly options: DataOptions
  readonly env: Environment
  /** Whether a data folder that does not exist is made. Only for what a first start would need. */
  readonly makesFolder?: boolean
}

/** The same verbs in both of their forms. */
export interface VerbsOver<Verbs> {
  server(client: ApiClient): Verbs
  folder(offline: Offline): Verbs
}

/**
 * Does something that needs no running server: through the API where one runs, else on the data folder
 * itself, whose lock keeps the two apart.
 *
 * @throws AppError `data_folder_locked` (exit 73) where somebody holds the folder and does not answer.
 */
export async function withHearth<Verbs, Result>(
  { options, env, makesFolder = false }: WithHearthOptions,
  over: VerbsOver<Verbs>,
  work: (verbs: Verbs) => Result | Promise<Result>,
): Promise<Result> {
  const search = await findServer(options, env)
  if (search.client !== undefined) return work(over.server(search.client))
  const config = await loadRestoredConfig(flagsFrom(options), env)
  const { openOffline } = await import('#offline')
  const offline = await openOffline(config, { makesFolder }).catch((error: unknown) => {
    throw isAppError(error) && error.code === 'data_folder_locked'
      ? heldInSilence(error, config.value.data)
      : error
  })
  try {
    return await work(over.folder(offline))
  } finally {
    await offline.close()
  }
}

function heldInSilence(locked: AppError, data: string): AppError {
  const pid = locked.details?.pid
  const holder = typeof pid === 'number' ? `process ${String(pid)}` : 'another process'
  return new AppError(
    locked.kind,
    locked.code,
    `The data folder ${data} is in use by ${holder}, but no Hearth answers there. It may be starting or stopping, or downloading a model: try again in a moment, or stop ${holder} first.`,
    { details: locked.details ?? {}, cause: locked },
  )
}
