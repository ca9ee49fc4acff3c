import { describe, isAppError, type AppError } from '#base/errors'
import type { Log } from '#platform/log/index'
import { modelFileUnreadable } from './errors.ts'
import { findModelFiles, type FoundModel } from './find-model-files.ts'
import { readModelFacts, type ModelFacts } from './model-facts.ts'

/** A model file with what its header says, or why that cannot be had. */
export interface KnownModel extends FoundModel {
  readonly facts: ModelFacts | undefined
  readonly problem: AppError | undefined
}

/** What a refresh found to be different; a file that was replaced is in both lists. */
export interface ModelChanges {
  readonly added: readonly KnownModel[]
  readonly removed: readonly KnownModel[]
}

export interface ModelFilesOptions {
  /** `<data>/models`. */
  readonly folder: string
  /** Files elsewhere that the configuration names, as absolute paths. */
  readonly named: readonly string[]
  readonly log: Log
  /** Told of every change, so that an engine can follow; must not throw. */
  readonly onChange?: (changes: ModelChanges) => void
}

/** The model files of this machine as of the last `refresh`; headers are read once for each version of a file. */
export class ModelFiles {
  readonly #options: ModelFilesOptions
  #known: ReadonlyMap<string, KnownModel> = new Map()
  #refreshing: Promise<ModelChanges> | undefined
  /** Asked for while one was under way, which may have looked too early. */
  #next: Promise<ModelChanges> | undefined

  constructor(options: ModelFilesOptions) {
    this.#options = options
  }

  get folder(): string {
    return this.#options.folder
  }

  list(): KnownModel[] {
    return [...this.#known.values()]
  }

  get(id: string): KnownModel | undefined {
    return this.#known.get(id)
  }

  /** Looks at the folder and the named files again; resolves with what has changed since the last look. */
  refresh(): Promise<ModelChanges> {
    if (this.#refreshing === undefined) return this.#begin()
    this.#next ??= this.#refreshing.then(
      () => this.#begin(),
      () => this.#begin(),
    )
    return this.#next
  }

  #begin(): Promise<ModelChanges> {
    this.#next = undefined
    this.#refreshing = this.#look().finally(() => {
      this.#refreshing = undefined
    })
    return this.#refreshing
  }

  async #look(): Promise<ModelChanges> {
    const { folder, named, log, onChange } = this.#options
    const found = await findModelFiles(folder, named, (path, error) => {
      log.warn({ path, reason: describe(error) }, 'A model file cannot be read and is left out.')
    })
    const known = new Map<string, KnownModel>()
    const added: KnownModel[] = []
    for (const model of found) {
      const before = this.#known.get(model.id)
      if (before?.path === model.path && before.version === model.version) {
        known.set(model.id, before)
        continue
      }
      const now = await this.#read(model)
      known.set(model.id, now)
      added.push(now)
    }
    const removed = [...this.#known.values()].filter((model) => known.get(model.id) !== model)
    this.#known = known
    const changes = { added, removed }
    if (added.length > 0 || removed.length > 0) onChange?.(changes)
    return changes
  }

  async #read(model: FoundModel): Promise<KnownModel> {
    try {
      return { ...model, facts: await readModelFacts(model.path), problem: undefined }
    } catch (error) {
      const problem = isAppError(error) ? error : modelFileUnreadable(error, describe(error))
      this.#options.log.warn({ model: model.id, code: problem.code }, 'A model file cannot be used.')
      return { ...model, facts: undefined, problem }
    }
  }
}
