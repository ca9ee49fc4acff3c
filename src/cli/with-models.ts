import { AppError } from '#base/errors'
import {
  catalogRoutes,
  type DeletedModel,
  type ModelFile,
  type PullJob,
  type PullRequest,
} from '#catalog/contract'
import type { ApiClient } from './api-client.ts'
import { withHearth, type WithHearthOptions } from './with-hearth.ts'

/** What can be done with model files, through a running server or on the folder of a stopped one. */
export interface ModelVerbs {
  /** The server that does the work; undefined where this command does it, and none is done once it ends. */
  readonly server: string | undefined
  files(): Promise<ModelFile[]>
  delete(id: string): Promise<DeletedModel>
  /** Queues a download, which begins when its turn comes. One that is queued already is joined. */
  pull(request: PullRequest): Promise<PullJob>
  pullJob(id: string, signal: AbortSignal): Promise<PullJob>
  cancelPull(id: string): Promise<PullJob>
}

/** Does something with model files. @throws AppError as `withHearth`. */
export function withModels<Result>(
  options: WithHearthOptions,
  work: (models: ModelVerbs) => Promise<Result>,
): Promise<Result> {
  return withHearth<ModelVerbs, Result>(
    options,
    { server: modelsOver, folder: ({ models }) => ({ server: undefined, ...models }) },
    work,
  )
}

function modelsOver(client: ApiClient): ModelVerbs {
  return {
    server: client.url,
    files: async () => (await client.call(catalogRoutes.listFiles)).items,
    delete: (model) => client.call(catalogRoutes.deleteFile, { params: { model } }),
    pull: (request) => client.call(catalogRoutes.pull, { body: request }),
    pullJob: (id, signal) => findPull(client, id, signal),
    cancelPull: (id) => client.call(catalogRoutes.cancelPull, { params: { id } }),
  }
}

const PAGE = 20

/** No route shows one download with its next attempt; the one that is followed is among the newest. */
async function findPull(client: ApiClient, id: string, signal: AbortSignal): Promise<PullJob> {
  let before: string | undefined
  for (;;) {
    const query = { limit: PAGE, ...(before === undefined ? {} : { before }) }
    const { items } = await client.call(catalogRoutes.listPulls, { query, signal })
    const found = items.find((job) => job.id === id)
    if (found !== undefined) return found
    before = items.at(-1)?.id
    if (before === undefined)
      throw new AppError('not_found', 'model_pull_not_found', `There is no download ${id} any more.`)
  }
}
