import { AppError, isAppError } from '#base/errors'
import { loadConfig, type Environment } from '#config/index'
import { keyRoutes, type CreatedKey, type Key, type NewKey } from '#keys/contract'
import type { ApiClient } from './api-client.ts'
import { flagsFrom, type DataOptions } from './config-flags.ts'
import { findServer } from './find-server.ts'

/** What can be done with keys, through a running server or on the folder of a stopped one. */
export interface KeyVerbs {
  list(): Key[] | Promise<Key[]>
  create(key: NewKey): Promise<CreatedKey>
  revoke(id: string): Promise<Key>
}

export interface WithKeysOptions {
  readonly options: DataOptions
  readonly env: Environment
  /** Whether a data folder that does not exist is made. Only for what a first start would need. */
  readonly makesFolder?: boolean
}

/**
 * Does something with keys: through the API where a server runs, else on the data folder itself, whose lock
 * keeps the two apart.
 *
 * @throws AppError `data_folder_locked` (exit 73) where somebody holds the folder and does not answer.
 */
export async function withKeys<Result>(
  { options, env, makesFolder = false }: WithKeysOptions,
  work: (keys: KeyVerbs) => Result | Promise<Result>,
): Promise<Result> {
  const search = await findServer(options, env)
  if (search.client !== undefined) return work(keysOver(search.client))
  const config = await loadConfig(flagsFrom(options), env)
  const { openOffline } = await import('#offline')
  const offline = await openOffline(config, { makesFolder }).catch((error: unknown) => {
    throw isAppError(error) && error.code === 'data_folder_locked'
      ? heldInSilence(error, config.value.data)
      : error
  })
  try {
    return await work(offline.keys)
  } finally {
    await offline.close()
  }
}

function keysOver(client: ApiClient): KeyVerbs {
  return {
    list: async () => (await client.call(keyRoutes.listKeys)).items,
    create: (key) => client.call(keyRoutes.createKey, { body: key }),
    revoke: (id) => client.call(keyRoutes.revokeKey, { params: { id } }),
  }
}

function heldInSilence(locked: AppError, data: string): AppError {
  const pid = locked.details?.pid
  const holder = typeof pid === 'number' ? `process ${String(pid)}` : 'another process'
  return new AppError(
    locked.kind,
    locked.code,
    `The data folder ${data} is in use by ${holder}, but no Hearth answers there. It may be starting or stopping: try again in a moment, or stop ${holder} first.`,
    { details: locked.details ?? {}, cause: locked },
  )
}
