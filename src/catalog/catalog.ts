import { basename } from 'node:path'
import type { Actor } from '#base/actor'
import { describe, isAppError } from '#base/errors'
import { nearNames } from '#base/text'
import type { Clock } from '#base/time'
import type { FolderBlobs } from '#platform/blobs/index'
import type { JobRow, Jobs } from '#platform/jobs/index'
import type { Log } from '#platform/log/index'
import {
  pullRequestSchema,
  type DeletedModel,
  type ModelFile,
  type PullJob,
  type PullRequest,
} from './contract.ts'
import type { Download } from './download-model.ts'
import { modelFileNotFound, modelNotManaged, modelPullNotFound, modelPullRunning } from './errors.ts'
import type { KnownModel, ModelFiles } from './model-files.ts'
import type { ModelPullStore } from './model-pull-store.ts'
import { ModelsFolder } from './models-folder.ts'
import { presentModel, presentPull } from './present.ts'
import { PullModel } from './pull-model.ts'
import { pullTarget } from './pull-source.ts'

const PULL_KIND = 'models.pull'
/** With the back-off of the jobs, more than an hour of trying. */
const PULL_ATTEMPTS = 12
const PULLS_AT_ONCE = 2
const DOWNLOAD_KEPT_MS = 7 * 24 * 60 * 60_000

export interface CatalogOptions {
  readonly files: ModelFiles
  readonly blobs: FolderBlobs
  readonly jobs: Jobs
  readonly store: ModelPullStore
  readonly clock: Clock
  readonly log: Log
  readonly download: Download
  /** Free bytes on the disk of the models folder; asked of the system where it is not given. */
  readonly freeBytes?: () => Promise<number>
}

/** The model files of this machine: what there is, getting more, and getting rid of them. */
export class Catalog {
  readonly #options: CatalogOptions
  readonly #folder: ModelsFolder
  readonly #pull: PullModel

  constructor(options: CatalogOptions) {
    const { files, blobs, store, clock, download } = options
    this.#options = options
    const folder = new ModelsFolder(files.folder)
    this.#folder = folder
    const freeBytes = options.freeBytes ?? (() => folder.freeBytes())
    this.#pull = new PullModel({ blobs, store, folder, files, clock, download, freeBytes })
  }

  /** Makes pulls known to the jobs (so call it before they start), reads the folder, and tidies up. */
  async start(): Promise<void> {
    const { jobs, files, log } = this.#options
    jobs.define(PULL_KIND, {
      schema: pullRequestSchema,
      maxAttempts: PULL_ATTEMPTS,
      concurrency: PULLS_AT_ONCE,
      run: (job) => this.#pull.run(job),
    })
    await this.#folder.make()
    await files.refresh()
    await this.#tidy().catch((error: unknown) => {
      log.warn({ reason: describe(error) }, 'Left-over downloads could not be deleted.')
    })
  }

  /** Every model file as of the last refresh, by id. */
  async list(): Promise<ModelFile[]> {
    const pulled = new Map((await this.#options.store.pulledFiles()).map((row) => [row.file, row]))
    return this.#options.files.list().map((model) => presentModel(model, managedFile(model, pulled)))
  }

  /** @throws AppError `model_file_not_found` (not_found). */
  async show(id: string): Promise<ModelFile> {
    const model = this.#known(id)
    return presentModel(
      model,
      model.managed ? await this.#options.store.pulledFile(basename(model.path)) : undefined,
    )
  }

  /** Looks for files that came, changed or went. */
  async refresh(): Promise<void> {
    await this.#options.files.refresh()
  }

  /**
   * Queues the download of a model. The same pull asked for twice is one job.
   *
   * @throws AppError `pull_source_invalid` (invalid_input), `model_exists`, `model_pull_running` (conflict).
   */
  async pull(request: PullRequest, actor: Actor, correlationId: string): Promise<PullJob> {
    const { file } = pullTarget(request)
    await this.#pull.refuseTaken(file, request.source)
    const options = { key: file, correlationId, actorKeyId: actor.keyId }
    const job = await this.#options.jobs.enqueue(PULL_KIND, request, options)
    // Joining the pull of another file, or of one that would be checked against another hash, would be a lie.
    const running = pullRequestSchema.parse(job.payload)
    const isSameHash =
      request.sha256 === undefined || running.sha256?.toLowerCase() === request.sha256.toLowerCase()
    if (running.source !== request.source || !isSameHash) throw modelPullRunning(file)
    return presentPull(job)
  }

  /** Downloads, the newest first; `before` is the id of the last one of the page before. */
  async pulls(page: { limit: number; before?: string }): Promise<PullJob[]> {
    return (await this.#options.jobs.list({ kind: PULL_KIND, ...page })).map(presentPull)
  }

  /** One download. @throws AppError `job_not_found` (not_found). */
  async pullJob(id: string): Promise<PullJob> {
    return presentPull(await this.#options.jobs.get(id))
  }

  /** Ends a download and throws away what has arrived. @throws AppError `model_pull_not_found` (not_found). */
  async cancelPull(id: string): Promise<PullJob> {
    const { jobs, store, blobs } = this.#options
    const before = await this.#pullJob(id)
    const job = await jobs.cancel(id)
    // One that runs cleans up after itself; one that waited for its next attempt cannot.
    if (before.state === 'queued' && job.state === 'cancelled') {
      const { stage } = pullTarget(pullRequestSchema.parse(job.payload))
      await blobs.dropStage(stage)
      await store.forgetDownload(stage)
    }
    return presentPull(job)
  }

  /**
   * Deletes a model of the models folder, all its parts, and its content unless another model has it too.
   *
   * @throws AppError `model_file_not_found` (not_found), `model_not_managed` (conflict).
   */
  async delete(id: string, actor: Actor): Promise<DeletedModel> {
    const { files, log } = this.#options
    const model = this.#known(id)
    if (!model.managed) throw modelNotManaged(id, model.path)
    let isShared = false
    for (const path of model.paths) {
      const file = basename(path)
      await this.#folder.remove(file)
      isShared = await this.#forget(file)
    }
    await files.refresh()
    log.info({ model: id, by: actor.keyId, sizeBytes: model.sizeBytes }, 'A model was deleted.')
    return { id, freed_bytes: isShared ? 0 : model.sizeBytes }
  }

  async #pullJob(id: string): Promise<JobRow> {
    const job = await this.#options.jobs.get(id).catch((error: unknown) => {
      throw isAppError(error) && error.kind === 'not_found' ? modelPullNotFound(id) : error
    })
    if (job.kind !== PULL_KIND) throw modelPullNotFound(id)
    return job
  }

  #known(id: string): KnownModel {
    const { files } = this.#options
    const model = files.get(id)
    if (model !== undefined) return model
    const ids = files.list().map((known) => known.id)
    throw modelFileNotFound(id, nearNames(id, ids))
  }

  /** Forgets that a file was pulled; whether its content stays because another file has it. */
  async #forget(file: string): Promise<boolean> {
    const { store, blobs } = this.#options
    const pulled = await store.pulledFile(file)
    if (pulled === undefined) return false
    await store.forgetPulled(file)
    if (await store.isUsed(pulled.blob_id)) return true
    await blobs.delete(pulled.blob_id)
    return false
  }

  /** Frees what nobody will ask for: contents of files deleted by hand, and downloads given up a week ago. */
  async #tidy(): Promise<void> {
    const { store, blobs, clock } = this.#options
    const beingPulled = await this.#unfinishedFiles()
    for (const { file } of await store.pulledFiles()) {
      if (!beingPulled.has(file) && !(await this.#folder.has(file))) await this.#forget(file)
    }
    for (const stage of await store.downloadsBefore(clock.now() - DOWNLOAD_KEPT_MS)) {
      await blobs.dropStage(stage)
      await store.forgetDownload(stage)
    }
  }

  async #unfinishedFiles(): Promise<Set<string | null>> {
    const { jobs } = this.#options
    const lists = (['queued', 'running'] as const).map((state) =>
      jobs.list({ kind: PULL_KIND, state, limit: 1000 }),
    )
    return new Set((await Promise.all(lists)).flat().map((job) => job.key))
  }
}

function managedFile<Row>(model: KnownModel, pulled: ReadonlyMap<string, Row>): Row | undefined {
  return model.managed ? pulled.get(basename(model.path)) : undefined
}
