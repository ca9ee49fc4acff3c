import { open, readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { systemCode } from '#base/errors'
import type { Ids } from '#base/ids'
import { blobPath, type BlobId } from './blob-id.ts'
import type { Blobs, BlobStage, BlobStat, ByteRange } from './blobs.ts'
import { makeFolder, renameDurably } from './durable-files.ts'
import { blobNotFound, stageBusy, stageNameInvalid } from './errors.ts'
import { FileStage } from './file-stage.ts'

const STAGE_NAME = /^[\dA-Za-z][\w.-]{0,99}$/
/** Stages of `put`, which nobody can resume; the dot keeps them apart from callers' names. */
const PUT_PREFIX = '.put'

export interface FolderBlobsOptions {
  readonly dir: string
  readonly ids: Ids
}

/** Blobs as files `<dir>/ab/cdef…`, mode 0600; what is on its way in lies in `<dir>/staging`. */
export class FolderBlobs implements Blobs {
  readonly #dir: string
  readonly #stagingDir: string
  readonly #ids: Ids
  readonly #busyStages = new Set<string>()

  constructor({ dir, ids }: FolderBlobsOptions) {
    this.#dir = dir
    this.#stagingDir = join(dir, 'staging')
    this.#ids = ids
  }

  /** Makes the folders and clears away what an earlier life was putting when it ended. */
  async start(): Promise<void> {
    await makeFolder(this.#stagingDir)
    const left = (await readdir(this.#stagingDir)).filter((name) => name.startsWith(PUT_PREFIX))
    await Promise.all(left.map((name) => rm(join(this.#stagingDir, name), { force: true })))
  }

  async put(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<BlobStat> {
    const stage = await this.#openStage(this.#ids.id(PUT_PREFIX))
    try {
      for await (const chunk of source) await stage.append(chunk)
      return await stage.commit()
    } catch (error) {
      await stage.discard()
      throw error
    }
  }

  async open(id: BlobId, range: ByteRange = { start: 0 }): Promise<Readable> {
    try {
      const file = await open(this.pathOf(id), 'r')
      return file.createReadStream(range)
    } catch (error) {
      throw systemCode(error) === 'ENOENT' ? blobNotFound(id) : error
    }
  }

  async stat(id: BlobId): Promise<BlobStat | undefined> {
    try {
      const { size } = await stat(this.pathOf(id))
      return { id, sizeBytes: size }
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    }
  }

  async has(id: BlobId): Promise<boolean> {
    return (await this.stat(id)) !== undefined
  }

  async delete(id: BlobId): Promise<boolean> {
    try {
      await rm(this.pathOf(id))
      return true
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false
      throw error
    }
  }

  async stage(name: string, signal?: AbortSignal): Promise<BlobStage> {
    if (!STAGE_NAME.test(name)) throw stageNameInvalid()
    return this.#openStage(name, signal)
  }

  async #openStage(name: string, signal?: AbortSignal): Promise<BlobStage> {
    if (this.#busyStages.has(name)) throw stageBusy(name)
    this.#busyStages.add(name)
    const onEnd = (): void => {
      this.#busyStages.delete(name)
    }
    try {
      const adopt = (path: string, { id }: BlobStat): Promise<void> => this.#adopt(path, id)
      return await FileStage.open({ path: join(this.#stagingDir, name), adopt, onEnd }, signal)
    } catch (error) {
      onEnd()
      throw error
    }
  }

  /** Replaces a blob that is there already: the bytes are the same, and damaged ones are healed. */
  async #adopt(path: string, id: BlobId): Promise<void> {
    const target = this.pathOf(id)
    await makeFolder(dirname(target))
    await renameDurably(path, target)
  }

  async dropStage(name: string): Promise<void> {
    if (!STAGE_NAME.test(name)) throw stageNameInvalid()
    if (this.#busyStages.has(name)) throw stageBusy(name)
    await rm(join(this.#stagingDir, name), { force: true })
  }

  /** Where the file of a blob lies, for those who need a file: a link, a program that maps it. */
  pathOf(id: BlobId): string {
    return join(this.#dir, blobPath(id))
  }
}
