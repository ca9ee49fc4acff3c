import type { Capabilities } from './capabilities.ts'
import type { ContextWindowFactSource, ModelFacts, ModelState, ModelType } from './model-facts.ts'

/** One host's row of a model. */
export interface HouseModelHost {
  readonly id: string
  readonly name: string
  readonly facts: ModelFacts
}

/** A model of the house: what its hosts say of it, put together. */
export interface HouseModel {
  readonly id: string
  /** The fields of the hosts' own `/v1/models` entries; the first configured host wins each. */
  readonly fields: Readonly<Record<string, unknown>>
  /** `loaded` where any host has it in memory. */
  readonly state: ModelState
  readonly type: ModelType
  /** Tokens. Where no host says: a guess from the name, else a default, and the source says so. */
  readonly contextWindow: number
  readonly contextWindowSource: ContextWindowFactSource | 'guess' | 'default'
  readonly maxContextWindow?: number
  readonly arch?: string
  readonly quantization?: string
  readonly publisher?: string
  readonly sizeBytes?: number
  /** `yes` where any host can, `no` where all cannot. */
  readonly capabilities: Capabilities
  /** Instance ids of the Hearths on the shortest way to it, nearest first. */
  readonly path: readonly string[]
  /** The hosts that have it, in configured order. */
  readonly hosts: readonly HouseModelHost[]
}
