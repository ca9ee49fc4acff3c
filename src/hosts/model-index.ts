import { lackedBy, type Needs } from './capabilities.ts'
import type { ModelHost } from './model-host.ts'

/** The hosts of one model, in configured order, and what each of them denies. */
export interface IndexedModel {
  readonly hosts: readonly ModelHost[]
  readonly lacks: readonly Needs[]
  /** What any of them denies: a request that needs none of it passes without a look at each. */
  readonly anyLacks: Needs
}

/** Which hosts have a model, made once for every change so that a request finds them in one step. */
export function indexModels(hosts: readonly ModelHost[]): ReadonlyMap<string, IndexedModel> {
  const index = new Map<string, { hosts: ModelHost[]; lacks: Needs[]; anyLacks: Needs }>()
  for (const host of hosts) {
    for (const { id, capabilities } of host.models()) {
      const lacks = lackedBy(capabilities)
      const known = index.get(id)
      if (known === undefined) index.set(id, { hosts: [host], lacks: [lacks], anyLacks: lacks })
      else {
        known.hosts.push(host)
        known.lacks.push(lacks)
        known.anyLacks |= lacks
      }
    }
  }
  return index
}
