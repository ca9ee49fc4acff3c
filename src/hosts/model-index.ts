import { lackedBy, NEED, NO_NEEDS, type Capabilities, type Needs } from './capabilities.ts'
import type { ModelHost } from './model-host.ts'

/** The hosts of one model, in configured order, and what each of them denies. */
export interface IndexedModel {
  readonly hosts: readonly ModelHost[]
  readonly lacks: readonly Needs[]
  /** What any of them denies: a request that needs none of it passes without a look at each. */
  readonly anyLacks: Needs
}

/** Ollama takes a name without a tag for the one tagged `latest`, and its clients rely on it. */
function namedModels(host: ModelHost): { id: string; capabilities: Capabilities }[] {
  const models = host.models().map(({ id, capabilities }) => ({ id, capabilities }))
  if (host.describe().engine !== 'ollama') return models
  const ids = new Set(models.map(({ id }) => id))
  const untagged = models
    .filter(({ id }) => id.endsWith(LATEST))
    .map(({ id, capabilities }) => ({ id: id.slice(0, -LATEST.length), capabilities }))
  return [...models, ...untagged.filter(({ id }) => !ids.has(id))]
}

const LATEST = ':latest'

const ALL_BUT_EMBEDDINGS = NEED.chat | NEED.completions

/** Which hosts have a model, made once for every change so that a request finds them in one step. */
export function indexModels(hosts: readonly ModelHost[]): ReadonlyMap<string, IndexedModel> {
  const index = new Map<string, { hosts: ModelHost[]; lacks: Needs[]; anyLacks: Needs }>()
  for (const host of hosts) {
    for (const { id, capabilities } of namedModels(host)) {
      const lacks = lackedBy(capabilities) | (host.onlyEmbeddings === true ? ALL_BUT_EMBEDDINGS : NO_NEEDS)
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
