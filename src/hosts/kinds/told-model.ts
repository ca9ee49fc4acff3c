import type { Answers } from '../capabilities.ts'
import type { ModelState, ModelType } from '../model-facts.ts'

/** What a server's own API tells of one model; what it does not tell is absent. */
export interface ToldModel {
  readonly state?: ModelState | undefined
  readonly type?: ModelType | undefined
  readonly contextWindow?: number | undefined
  readonly maxContextWindow?: number | undefined
  readonly arch?: string | undefined
  readonly quantization?: string | undefined
  readonly publisher?: string | undefined
  readonly sizeBytes?: number | undefined
  readonly answers?: Answers | undefined
}

/** What a server's own API tells. */
export interface ToldByEngine {
  readonly version?: string | undefined
  /** How many requests it takes at once. */
  readonly slots?: number | undefined
  readonly models: ReadonlyMap<string, ToldModel>
}

/** A model that only makes embeddings can do nothing else. */
export const ONLY_EMBEDDINGS: Answers = {
  embeddings: 'yes',
  chat: 'no',
  completions: 'no',
  tools: 'no',
  tool_choice: 'no',
  logprobs: 'no',
  vision: 'no',
  json_schema: 'no',
}
