/** What a model on a host can be asked for. The order decides which is named first where several are missing. */
export const CAPABILITIES = [
  'chat',
  'completions',
  'embeddings',
  'tools',
  'tool_choice',
  'logprobs',
  'vision',
  'json_schema',
] as const
export type Capability = (typeof CAPABILITIES)[number]

export type Answer = 'yes' | 'no' | 'unknown'

/**
 * Where an answer comes from: `probe` the host said so, `kind` it holds for every server of this kind,
 * `declared` the owner of the house said so.
 */
export type CapabilitySource = 'probe' | 'kind' | 'declared'

export interface CapabilityFact {
  readonly answer: Answer
  /** Absent where nothing is known. */
  readonly source?: CapabilitySource
}

/** The row of the truth table for one model on one host. */
export type Capabilities = Readonly<Record<Capability, CapabilityFact>>

/** Answers of one source; what it leaves out it does not know. */
export type Answers = Readonly<Partial<Record<Capability, Answer>>>

const UNKNOWN: CapabilityFact = { answer: 'unknown' }

/** Several capabilities as bits, so that a request is checked in one step. */
export type Needs = number

export const NO_NEEDS: Needs = 0

export const NEED: Readonly<Record<Capability, Needs>> = {
  chat: 1,
  completions: 2,
  embeddings: 4,
  tools: 8,
  tool_choice: 16,
  logprobs: 32,
  vision: 64,
  json_schema: 128,
}

/** Puts the answers of the sources together: the owner's word wins over the host's, the host's over its kind's. */
export function capabilitiesOf(
  told: Readonly<Partial<Record<CapabilitySource, Answers | undefined>>>,
): Capabilities {
  return rowOf((capability) => {
    for (const source of ['declared', 'probe', 'kind'] as const) {
      const answer = told[source]?.[capability]
      if (answer === 'yes' || answer === 'no') return { answer, source }
    }
    return UNKNOWN
  })
}

/** A model can do in the house what it can do on any of its hosts; it cannot what all of them deny. */
export function mergeCapabilities(rows: readonly Capabilities[]): Capabilities {
  const [first] = rows
  if (first !== undefined && rows.every((row) => row === first)) return first
  return rowOf((capability) => {
    let denial: CapabilityFact | undefined
    let isDenied = true
    for (const row of rows) {
      const fact = row[capability]
      if (fact.answer === 'yes') return fact
      if (fact.answer === 'no') denial ??= fact
      else isDenied = false
    }
    return isDenied && denial !== undefined ? denial : UNKNOWN
  })
}

/** Those of a row with one answer, in the order of the list. */
export function answered(row: Capabilities, answer: Answer): Capability[] {
  return CAPABILITIES.filter((capability) => row[capability].answer === answer)
}

/** What a row denies, as bits: a need that is not denied may be tried. */
export function lackedBy(row: Capabilities): Needs {
  return answered(row, 'no').reduce((bits, capability) => bits | NEED[capability], NO_NEEDS)
}

function rowOf(fact: (capability: Capability) => CapabilityFact): Capabilities {
  const row: Partial<Record<Capability, CapabilityFact>> = {}
  for (const capability of CAPABILITIES) row[capability] = fact(capability)
  return row as Capabilities
}
