import { keyRoutes, type CreatedKey, type Key, type NewKey } from '#keys/contract'
import type { ApiClient } from './api-client.ts'
import { withHearth, type WithHearthOptions } from './with-hearth.ts'

/** What can be done with keys, through a running server or on the folder of a stopped one. */
export interface KeyVerbs {
  list(): Key[] | Promise<Key[]>
  create(key: NewKey): Promise<CreatedKey>
  revoke(id: string): Promise<Key>
}

/** Does something with keys. @throws AppError as `withHearth`. */
export function withKeys<Result>(
  options: WithHearthOptions,
  work: (keys: KeyVerbs) => Result | Promise<Result>,
): Promise<Result> {
  return withHearth<KeyVerbs, Result>(options, { server: keysOver, folder: ({ keys }) => keys }, work)
}

function keysOver(client: ApiClient): KeyVerbs {
  return {
    list: async () => (await client.call(keyRoutes.listKeys)).items,
    create: (key) => client.call(keyRoutes.createKey, { body: key }),
    revoke: (id) => client.call(keyRoutes.revokeKey, { params: { id } }),
  }
}
