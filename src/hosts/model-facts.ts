import type { Capabilities } from './capabilities.ts'

/** Whether a model is in memory, where its host says. */
export type ModelState = 'loaded' | 'not-loaded' | 'unknown'

/** What a model is for; `vlm` also sees images. */
export type ModelType = 'llm' | 'vlm' | 'embeddings' | 'unknown'

/** Who said how long the context is. A guess never stands among facts, so it is none of these. */
export type ContextWindowFactSource = 'host' | 'declared' | 'embedded'

/** What is known of a model on one host. Facts only: what nobody said is absent. */
export interface ModelFacts {
  readonly id: string
  /** The host's own `/v1/models` entry, plain fields only. */
  readonly fields: Readonly<Record<string, unknown>>
  readonly state: ModelState
  readonly type: ModelType
  /** Tokens that a request can use now: of the loaded model where it is loaded. */
  readonly contextWindow?: number
  readonly contextWindowSource?: ContextWindowFactSource
  /** Tokens that the model could use if it were loaded for them. */
  readonly maxContextWindow?: number
  readonly arch?: string
  readonly quantization?: string
  readonly publisher?: string
  readonly sizeBytes?: number
  readonly capabilities: Capabilities
  /** Instance ids of the Hearths between this one and the model's own host, nearest first. */
  readonly path: readonly string[]
}
