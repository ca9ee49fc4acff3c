import { capabilitiesOf, type Answers } from './capabilities.ts'
import type { declaredFor } from './declared-capabilities.ts'
import { readHearthModel, readPath, withoutExchange } from './kinds/hearth-fields.ts'
import { readContextWindow } from './kinds/read-context-window.ts'
import type { ToldModel } from './kinds/told-model.ts'
import { plainFields, toldCount, toldText } from './kinds/told-values.ts'
import type { ModelFacts, ModelState, ModelType } from './model-facts.ts'

export interface FactSources {
  /** What holds for its engine. */
  readonly truths: Answers
  /** The instance id, where the host is a Hearth. */
  readonly instance: string | undefined
  /** What the server's own API tells. */
  readonly told: ToldModel | undefined
  /** What the owner of the house says. */
  readonly declared: ReturnType<typeof declaredFor>
}

/** Puts together what is known of a model: the host's list entry, its own API, its engine, its owner. */
export function modelFactsOf(
  id: string,
  entry: Readonly<Record<string, unknown>>,
  { truths, instance, told: toldByApi, declared }: FactSources,
): ModelFacts {
  const isHearth = instance !== undefined
  const said = isHearth ? withoutExchange(entry) : entry
  const told: ToldModel = { ...fromEntry(said), ...defined(isHearth ? readHearthModel(entry) : toldByApi) }
  const { state = 'unknown', type = 'unknown', answers, ...values } = told
  const contextWindow = declared?.contextWindow ?? told.contextWindow
  return {
    ...defined(values),
    id,
    fields: { ...plainFields(said), id },
    state,
    type,
    ...(contextWindow === undefined
      ? {}
      : {
          contextWindow,
          contextWindowSource: declared?.contextWindow === undefined ? 'host' : 'declared',
        }),
    capabilities: capabilitiesOf({
      declared: declared?.answers,
      probe: answers,
      kind: truths,
    }),
    path: isHearth ? readPath(entry, instance) : [],
  }
}

const STATES: readonly unknown[] = ['loaded', 'not-loaded'] satisfies ModelState[]
const TYPES: readonly unknown[] = ['llm', 'vlm', 'embeddings'] satisfies ModelType[]

/** What some servers, another Hearth among them, tell in the list itself. */
function fromEntry(entry: Readonly<Record<string, unknown>>): ToldModel {
  const { state, type } = entry
  return {
    state: STATES.includes(state) ? (state as ModelState) : undefined,
    type: TYPES.includes(type) ? (type as ModelType) : undefined,
    contextWindow: readContextWindow(entry),
    maxContextWindow: toldCount(entry.max_context_length),
    arch: toldText(entry.arch),
    quantization: toldText(entry.quantization),
    publisher: toldText(entry.publisher),
    sizeBytes: toldCount(entry.size_bytes),
  }
}

function defined<T extends object>(values: T | undefined): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(values ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> }
}
