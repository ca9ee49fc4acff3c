import type { Engine, TellingEngine } from './engine.ts'
import type { ToldByEngine, ToldModel } from './told-model.ts'

/** What probes remember of a host, so that each asks little: its engine, and details that seldom change. */
export class EngineMemory {
  #engine: Engine | undefined
  #hint: TellingEngine | undefined
  #version: string | undefined
  #lastTold: ToldByEngine | undefined
  #instance: string | undefined
  readonly #details = new Map<string, { mark: string; told: ToldModel }>()

  /** The engine found last; undefined until looked for, and again after a failure. */
  get engine(): Engine | undefined {
    return this.#engine
  }

  /** What the model list suggested when the engine was found. */
  get hint(): TellingEngine | undefined {
    return this.#hint
  }

  get version(): string | undefined {
    return this.#version
  }

  /** What the engine's own API told last. */
  get lastTold(): ToldByEngine | undefined {
    return this.#lastTold
  }

  found(engine: TellingEngine, hint: TellingEngine | undefined, told: ToldByEngine): void {
    this.#engine = engine
    this.#hint = hint
    this.#lastTold = told
    this.#version = told.version
  }

  /** It was looked at in vain. */
  foundNone(hint: TellingEngine | undefined): void {
    this.#engine = 'other'
    this.#hint = hint
  }

  /** Whether this running Hearth is known, and with it its version. */
  isKnownHearth(instance: string): boolean {
    return this.#instance === instance
  }

  foundHearth(instance: string, version: string | undefined): void {
    this.forgetEngine()
    this.#engine = 'hearth'
    this.#instance = instance
    this.#version = version
  }

  /** Whether details of a model are known for this state of it. */
  isTold(id: string, mark: string): boolean {
    return this.#details.get(id)?.mark === mark
  }

  detailsOf(id: string): ToldModel | undefined {
    return this.#details.get(id)?.told
  }

  tell(id: string, mark: string, told: ToldModel): void {
    this.#details.set(id, { mark, told })
  }

  keepOnly(ids: { has(id: string): boolean }): void {
    for (const id of this.#details.keys()) if (!ids.has(id)) this.#details.delete(id)
  }

  /** The next probe looks anew for what stands there. */
  forgetEngine(): void {
    this.#engine = undefined
    this.#hint = undefined
    this.#version = undefined
    this.#lastTold = undefined
    this.#instance = undefined
    this.#details.clear()
  }
}
