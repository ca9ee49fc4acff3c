import { isDeepStrictEqual as isEqual } from 'node:util'
import type { Actor } from '#base/actor'
import { AppError } from '#base/errors'
import { nearNames } from '#base/text'
import type { Clock } from '#base/time'
import type { Log } from '#platform/log/index'
import { checkChange } from './check-change.ts'
import { OPTION_NAMES, type OptionName, type OptionsAnswer, type OptionValues } from './contract.ts'
import { optionsInvalid } from './errors.ts'
import { lockedOptions, locksOn } from './option-locks.ts'
import type { OptionStore } from './option-store.ts'
import type { OptionsView, ResolveOptions } from './options-view.ts'

export interface OptionsOptions {
  readonly store: OptionStore
  readonly clock: Clock
  readonly log: Log
  readonly resolve: ResolveOptions
  /** Why an address may not be called, or undefined where it may. */
  readonly refusalOf: (url: string) => string | undefined
  /** Told after every change that is on disk, before the caller hears of it. */
  readonly onChange: () => void
}

/** Settings that change while Hearth runs (Cathedral's `/api/options`), kept over restarts. */
export class Options {
  readonly #options: OptionsOptions
  #stored = new Map<string, unknown>()
  #view: OptionsView
  /** The last change asked for: each is judged by what the one before it left. */
  #last: Promise<unknown> = Promise.resolve()

  /** @throws AppError `options_invalid` where even nothing stored makes no valid options. */
  constructor(options: OptionsOptions) {
    this.#options = options
    this.#view = this.#viewOf(this.#stored)
  }

  /** Takes up what was stored. A value that the other settings no longer allow is left out, and said to be. */
  async start(): Promise<void> {
    const { store, resolve, log } = this.#options
    for (const [name, value] of await store.read()) {
      const next = new Map(this.#stored).set(name, value)
      const resolved = resolve(next)
      if ('view' in resolved) {
        this.#stored = next
        this.#view = resolved.view
      } else log.warn({ option: name, problems: resolved.problems }, 'A stored option no longer holds.')
    }
  }

  get values(): OptionValues {
    return this.#view.values
  }

  /** What is stored and in force, for whoever resolves the whole configuration. */
  get stored(): ReadonlyMap<string, unknown> {
    return this.#stored
  }

  current(): OptionsAnswer {
    const { values, sources } = this.#view
    return { options: values, sources, locked: lockedOptions(values) }
  }

  /**
   * Changes some options, all or none; they hold and are on disk when the promise resolves.
   *
   * @throws AppError `options_invalid` (422, details `problems`), and as `checkChange`.
   */
  change(patch: Readonly<Record<string, unknown>>, actor: Actor): Promise<OptionsAnswer> {
    return this.#inTurn(async () => {
      const names = Object.keys(patch)
      const unknown = names.filter((name) => !isOption(name)).map(unknownOption)
      const next = new Map([...this.#stored, ...Object.entries(patch).filter(([name]) => isOption(name))])
      const resolved = this.#options.resolve(next)
      const problems = [...unknown, ...('problems' in resolved ? resolved.problems : this.#refused(patch))]
      if (problems.length > 0 || !('view' in resolved)) throw optionsInvalid(problems)
      const given = (names as OptionName[]).filter((name) => !isEqual(patch[name], this.values[name]))
      checkChange(given, this.#view, resolved.view, actor)
      // What was named is kept also where it is the value that the file or a default gives today; what is fixed or
      // locked was named with the value it has, as a form that sends everything does, and stays as it is.
      const kept = new Map(
        (names as OptionName[]).filter((name) => this.#isFree(name)).map((name) => [name, patch[name]]),
      )
      if (kept.size === 0) return this.current()
      const stored = new Map([...this.#stored, ...kept])
      const { store, clock } = this.#options
      await store.write(kept, { at: clock.now(), keyId: actor.keyId })
      this.#take(stored, this.#viewOf(stored), actor, [...kept.keys()])
      return this.current()
    })
  }

  /** Forgets a stored value. @throws as `change`, and AppError `option_unknown` (not_found). */
  reset(name: string, actor: Actor): Promise<OptionsAnswer> {
    return this.#inTurn(async () => {
      if (!isOption(name)) throw new AppError('not_found', 'option_unknown', `${unknownOption(name)}.`)
      if (!this.#stored.has(name)) return this.current()
      const next = new Map(this.#stored)
      next.delete(name)
      const view = this.#viewOf(next)
      checkChange([name], this.#view, view, actor)
      await this.#options.store.remove(name)
      this.#take(next, view, actor, [name])
      return this.current()
    })
  }

  #isFree(name: OptionName): boolean {
    return this.#view.fixedBy(name) === undefined && locksOn(name, this.values).length === 0
  }

  #take(stored: Map<string, unknown>, view: OptionsView, actor: Actor, names: readonly string[]): void {
    this.#stored = stored
    this.#view = view
    this.#options.log.info({ options: names, key_id: actor.keyId }, 'options changed')
    this.#options.onChange()
  }

  #viewOf(stored: ReadonlyMap<string, unknown>): OptionsView {
    const resolved = this.#options.resolve(stored)
    if ('problems' in resolved) throw optionsInvalid(resolved.problems)
    return resolved.view
  }

  /** Addresses that this change brings in and Hearth may not call (product rule "Local only"). */
  #refused({ lm_hosts: hosts, embedding_base_path: embedding }: Readonly<Record<string, unknown>>): string[] {
    const named = [
      ...(Array.isArray(hosts)
        ? hosts.map((url, index) => [`lm_hosts[${index}]`, url as unknown] as const)
        : []),
      ['embedding_base_path', embedding] as const,
    ]
    return named.flatMap(([path, url]) => {
      const refusal = typeof url === 'string' ? this.#options.refusalOf(url) : undefined
      return refusal === undefined ? [] : [`${path}: ${refusal}`]
    })
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(change, change)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

function isOption(name: string): name is OptionName {
  return (OPTION_NAMES as readonly string[]).includes(name)
}

function unknownOption(name: string): string {
  const shown = name.slice(0, 100)
  const near = nearNames(shown, OPTION_NAMES)
  return `${shown}: no such option${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''}`
}
