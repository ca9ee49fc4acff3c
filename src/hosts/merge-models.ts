import { mergeCapabilities } from './capabilities.ts'
import { DEFAULT_CONTEXT_WINDOW, guessContextWindow } from './guess-context-window.ts'
import type { HouseModel, HouseModelHost } from './house-model.ts'
import type { ModelFacts } from './model-facts.ts'

/** A host with the models it has. */
export interface HostWithModels {
  readonly id: string
  readonly name: string
  models(): readonly ModelFacts[]
}

/**
 * The models of all hosts, in the order in which they first appear. The first host wins a field and later
 * ones fill what it leaves out; a guess only stands where no host has a fact.
 *
 * @param hosts in configured order
 */
export function mergeModels(hosts: readonly HostWithModels[]): HouseModel[] {
  const rows = new Map<string, HouseModelHost[]>()
  for (const host of hosts) {
    for (const facts of host.models()) {
      const row = { id: host.id, name: host.name, facts }
      const known = rows.get(facts.id)
      if (known === undefined) rows.set(facts.id, [row])
      else known.push(row)
    }
  }
  return [...rows].map(([id, having]) => mergeModel(id, having))
}

function mergeModel(id: string, hosts: readonly HouseModelHost[]): HouseModel {
  const all = hosts.map(({ facts }) => facts)
  const { capabilities: _, path: __, ...first } = firstWins(all)
  return {
    ...first,
    id,
    fields: { ...firstWins(all.map(({ fields }) => fields)), id },
    state: all.some(({ state }) => state === 'loaded') ? 'loaded' : known(all, 'state'),
    type: known(all, 'type'),
    ...contextWindow(id, all),
    capabilities: mergeCapabilities(all.map(({ capabilities }) => capabilities)),
    path: all.map(({ path }) => path).reduce((near, path) => (path.length < near.length ? path : near)),
    hosts,
  }
}

/** Each field from the first that has it. */
function firstWins<T extends object>(all: readonly T[]): T {
  return all.length === 1 ? all[0]! : (Object.assign({}, ...all.toReversed()) as T)
}

/** The first answer that is one. */
function known<K extends 'state' | 'type'>(all: readonly ModelFacts[], name: K): ModelFacts[K] {
  return all.find((facts) => facts[name] !== 'unknown')?.[name] ?? 'unknown'
}

/** Length and source go together, so they come from one host. */
function contextWindow(
  id: string,
  all: readonly ModelFacts[],
): Pick<HouseModel, 'contextWindow' | 'contextWindowSource'> {
  for (const { contextWindow, contextWindowSource = 'host' } of all) {
    if (contextWindow !== undefined) return { contextWindow, contextWindowSource }
  }
  const guess = guessContextWindow(id)
  return guess === undefined
    ? { contextWindow: DEFAULT_CONTEXT_WINDOW, contextWindowSource: 'default' }
    : { contextWindow: guess, contextWindowSource: 'guess' }
}
