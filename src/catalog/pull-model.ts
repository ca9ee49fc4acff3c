import { isAppError } from '#base/errors'
import type { Clock } from '#base/time'
import { blobIdOf, type BlobId, type BlobStage, type BlobStat, type FolderBlobs } from '#platform/blobs/index'
import type { JobContext } from '#platform/jobs/index'
import type { PullRequest } from './contract.ts'
import { downloadModel, type Download, type Downloaded } from './download-model.ts'
import { modelExists, modelHashMismatch } from './errors.ts'
import type { ModelFiles } from './model-files.ts'
import type { ModelPullStore } from './model-pull-store.ts'
import { readModelFacts } from './model-facts.ts'
import type { ModelsFolder } from './models-folder.ts'
import { pullTarget, type PullTarget } from './pull-source.ts'

export interface PullModelOptions {
  readonly blobs: FolderBlobs
  readonly store: ModelPullStore
  readonly folder: ModelsFolder
  readonly files: ModelFiles
  readonly clock: Clock
  readonly download: Download
  /** Free bytes on the disk of the data folder. */
  readonly freeBytes: () => Promise<number>
}

export interface PullResult {
  readonly file: string
  readonly sha256: string
  readonly size_bytes: number
}

/** What shows that all that arrived is of no use, so that the next pull begins anew. */
const SPOILED = new Set([
  'model_hash_mismatch',
  'model_not_gguf',
  'model_file_damaged',
  'model_format_unsupported',
])

const GOOD_PART_BYTES = 16 * 1024 * 1024

/** The work of a job `models.pull`: download, check, and put the model into the models folder. */
export class PullModel {
  readonly #options: PullModelOptions

  constructor(options: PullModelOptions) {
    this.#options = options
  }

  /** Goes on where an earlier attempt ended. Throws AppErrors that say whether trying again can help. */
  async run(job: JobContext<PullRequest>): Promise<PullResult> {
    const { store, files } = this.#options
    const target = pullTarget(job.payload)
    await this.refuseTaken(target.file, job.payload.source)
    const { id, sizeBytes } = (await this.#stored(job.payload.sha256)) ?? (await this.#fetch(job, target))
    await this.#check(id)
    await this.#place(target.file, job.payload.source, id)
    await store.forgetDownload(target.stage)
    await files.refresh()
    return { file: target.file, sha256: shaOf(id), size_bytes: sizeBytes }
  }

  /** @throws AppError `model_exists` where the folder has a file of that name that came from elsewhere. */
  async refuseTaken(file: string, source: string): Promise<void> {
    const { folder, store } = this.#options
    if (!(await folder.has(file))) return
    const pulled = await store.pulledFile(file)
    if (pulled?.source !== source) throw modelExists(file)
  }

  async #stored(sha256: string | undefined): Promise<BlobStat | undefined> {
    return sha256 === undefined ? undefined : this.#options.blobs.stat(blobIdOf(sha256))
  }

  async #fetch(job: JobContext<PullRequest>, target: PullTarget): Promise<BlobStat> {
    const { blobs, store } = this.#options
    const stage = await blobs.stage(target.stage, job.signal)
    try {
      return await this.#fetchInto(stage, job, target)
    } catch (error) {
      if (isAppError(error) && (SPOILED.has(error.code) || error.code === 'job_cancelled')) {
        await stage.discard()
        await store.forgetDownload(target.stage)
      }
      throw error
    } finally {
      await stage.close()
    }
  }

  async #fetchInto(stage: BlobStage, job: JobContext<PullRequest>, target: PullTarget): Promise<BlobStat> {
    const { sha256, wasHere } = await this.#downloadInto(stage, job, target)
    if (wasHere && sha256 !== undefined) {
      await stage.discard()
      return (await this.#options.blobs.stat(blobIdOf(sha256)))!
    }
    const expected = job.payload.sha256 ?? sha256
    const actual = stage.digest()
    if (expected !== undefined && blobIdOf(expected) !== actual) {
      throw modelHashMismatch(expected.toLowerCase(), shaOf(actual))
    }
    return stage.commit()
  }

  /** A connection that is cut after it brought a good part is taken up at once, and costs no attempt of the job. */
  async #downloadInto(
    stage: BlobStage,
    job: JobContext<PullRequest>,
    target: PullTarget,
  ): Promise<Downloaded> {
    const { store, clock, blobs, download, freeBytes } = this.#options
    for (;;) {
      const before = stage.sizeBytes
      try {
        return await downloadModel({
          url: target.url,
          stage,
          etag: await store.etagOf(target.stage),
          expectedSha256: job.payload.sha256,
          download,
          freeBytes,
          onVersion: (etag) => store.keepDownload(target.stage, etag, clock.now()),
          isHere: (announced) => blobs.has(blobIdOf(announced)),
          onProgress: job.progress,
          signal: job.signal,
        })
      } catch (error) {
        const wasCut = isAppError(error) && error.code === 'download_cut'
        if (!wasCut || stage.sizeBytes - before < GOOD_PART_BYTES) throw error
      }
    }
  }

  /** A file that no engine could load is not put among the models. */
  async #check(id: BlobId): Promise<void> {
    const { blobs, store } = this.#options
    try {
      await readModelFacts(blobs.pathOf(id))
    } catch (error) {
      if (!(await store.isUsed(id))) await blobs.delete(id)
      throw error
    }
  }

  async #place(file: string, source: string, id: BlobId): Promise<void> {
    const { store, blobs, folder, clock } = this.#options
    const before = await store.pulledFile(file)
    // Noted first: a file that is here without a note would look like somebody else's after a crash.
    await store.keepPulled({ file, source, blob_id: id, pulled_at: clock.now() })
    if (!(await folder.isLinkTo(file, blobs.pathOf(id)))) await folder.place(file, blobs.pathOf(id))
    if (before !== undefined && before.blob_id !== id && !(await store.isUsed(before.blob_id))) {
      await blobs.delete(before.blob_id)
    }
  }
}

function shaOf(id: BlobId): string {
  return id.slice('sha256:'.length)
}
