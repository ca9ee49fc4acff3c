import { randomInt } from 'node:crypto'
import type { LLamaContextualRepeatPenalty } from 'node-llama-cpp'
import { z } from 'zod'

/** The request fields that shape sampling, shared by both kinds of completion. */
export const samplingSchema = z.looseObject({
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  seed: z.int().nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  repeat_penalty: z.number().min(0.1).max(10).nullish(),
  max_tokens: z.int().min(1).nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)]).nullish(),
})

export type SamplingRequest = z.infer<typeof samplingSchema>

/** The same in the words of node-llama-cpp. */
export interface Sampling {
  readonly temperature: number
  readonly topP: number
  readonly topK: number
  readonly minP: number
  readonly seed: number
  readonly repeatPenalty: LLamaContextualRepeatPenalty | false
}

/** What llama.cpp's own server assumes; OpenAI's (1 and nothing else) makes small models ramble. */
const DEFAULTS = { temperature: 0.8, topP: 0.95, topK: 40, minP: 0.05 } as const

/** The largest prime below 2^32. The largest 32-bit seed itself means "random" to llama.cpp. */
const SEEDS = 4_294_967_291

/** Penalties look back over so many generated tokens. */
const PENALTY_TOKENS = 1024

/**
 * node-llama-cpp 3.20 ignores frequency and presence penalties while the repeat penalty is exactly 1
 * (AddonSampler.cpp, `repeatPenaltyEnabled`); this is the next number above 1 in 32 bits.
 */
const HARDLY_MORE_THAN_ONE = 1 + 2 ** -23

export function sampling(request: SamplingRequest): Sampling {
  return {
    temperature: request.temperature ?? DEFAULTS.temperature,
    topP: request.top_p ?? DEFAULTS.topP,
    topK: request.top_k ?? DEFAULTS.topK,
    minP: request.min_p ?? DEFAULTS.minP,
    seed: request.seed === undefined || request.seed === null ? randomInt(SEEDS) : seedOf(request.seed),
    repeatPenalty: repeatPenalty(request),
  }
}

export function stops(request: SamplingRequest): readonly string[] {
  const { stop } = request
  return stop === undefined || stop === null ? [] : [stop].flat()
}

/** Any integer as a seed llama.cpp takes. */
function seedOf(seed: number): number {
  return ((seed % SEEDS) + SEEDS) % SEEDS
}

function repeatPenalty(request: SamplingRequest): LLamaContextualRepeatPenalty | false {
  const penalty = request.repeat_penalty ?? 1
  const frequencyPenalty = request.frequency_penalty ?? 0
  const presencePenalty = request.presence_penalty ?? 0
  if (penalty === 1 && frequencyPenalty === 0 && presencePenalty === 0) return false
  return {
    lastTokens: PENALTY_TOKENS,
    penalty: penalty === 1 ? HARDLY_MORE_THAN_ONE : penalty,
    frequencyPenalty,
    presencePenalty,
    penalizeNewLine: true,
  }
}
