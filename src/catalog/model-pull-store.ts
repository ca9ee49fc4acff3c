import type { Kysely } from 'kysely'
import type { BlobId } from '#platform/blobs/index'
import type { Database } from '#platform/db/index'

/** A row of `model_pull`: a file of the models folder that Hearth downloaded. */
export interface PulledFile {
  readonly file: string
  readonly source: string
  readonly blob_id: BlobId
  readonly pulled_at: number
}

interface UnfinishedDownload {
  readonly stage: string
  readonly etag: string | null
  readonly updated_at: number
}

/** The statements on `model_pull` and `model_download` (migrations/0004-model-pulls.sql). */
export class ModelPullStore {
  readonly #database: Database
  readonly #tables: Kysely<{ model_pull: PulledFile; model_download: UnfinishedDownload }>

  constructor(database: Database) {
    this.#database = database
    this.#tables = database.tables()
  }

  async pulledFiles(): Promise<PulledFile[]> {
    return this.#database.read(this.#tables.selectFrom('model_pull').selectAll())
  }

  async pulledFile(file: string): Promise<PulledFile | undefined> {
    const rows = await this.#database.read(
      this.#tables.selectFrom('model_pull').selectAll().where('file', '=', file),
    )
    return rows[0]
  }

  async isUsed(blob: BlobId): Promise<boolean> {
    const users = this.#tables.selectFrom('model_pull').select('file').where('blob_id', '=', blob).limit(1)
    return (await this.#database.read(users)).length > 0
  }

  /** Notes a file that was downloaded whole, in place of what had its name. */
  async keepPulled(pulled: PulledFile): Promise<void> {
    const { source, blob_id, pulled_at } = pulled
    await this.#database.write([
      this.#tables
        .insertInto('model_pull')
        .values(pulled)
        .onConflict((conflict) => conflict.column('file').doUpdateSet({ source, blob_id, pulled_at })),
    ])
  }

  async forgetPulled(file: string): Promise<void> {
    await this.#database.write([this.#tables.deleteFrom('model_pull').where('file', '=', file)])
  }

  /** The validator of the version that a stage holds a part of. */
  async etagOf(stage: string): Promise<string | undefined> {
    const rows = await this.#database.read(
      this.#tables.selectFrom('model_download').select('etag').where('stage', '=', stage),
    )
    return rows[0]?.etag ?? undefined
  }

  async keepDownload(stage: string, etag: string | undefined, now: number): Promise<void> {
    const version = { etag: etag ?? null, updated_at: now }
    await this.#database.write([
      this.#tables
        .insertInto('model_download')
        .values({ stage, ...version })
        .onConflict((conflict) => conflict.column('stage').doUpdateSet(version)),
    ])
  }

  async forgetDownload(stage: string): Promise<void> {
    await this.#database.write([this.#tables.deleteFrom('model_download').where('stage', '=', stage)])
  }

  /** Forgets how far every download was: what has arrived is not where this is going to be. */
  async forgetDownloads(): Promise<void> {
    await this.#database.write([this.#tables.deleteFrom('model_download')])
  }

  /** Stages of downloads that nothing has happened to since a time. */
  async downloadsBefore(time: number): Promise<string[]> {
    const rows = await this.#database.read(
      this.#tables.selectFrom('model_download').select('stage').where('updated_at', '<', time),
    )
    return rows.map((row) => row.stage)
  }
}
