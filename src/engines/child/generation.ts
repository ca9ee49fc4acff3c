import type { LlamaContextSequence, Token } from 'node-llama-cpp'
import { contextLengthExceeded } from '../errors.ts'
import type { LoadedModel } from './loaded-model.ts'
import { StopFilter } from './stop-filter.ts'

/** A piece of the answer; thoughts of reasoning models travel apart from it. */
export interface GeneratedPiece {
  readonly kind: 'content' | 'reasoning'
  readonly text: string
}

export interface GenerationEnd {
  readonly finishReason: 'stop' | 'length'
  readonly promptTokens: number
  readonly completionTokens: number
}

/** A checked request that only needs its turn. */
export interface Generation {
  run(signal: AbortSignal, onPiece: (piece: GeneratedPiece) => void): Promise<GenerationEnd>
}

export interface GenerationPlan {
  readonly sequence: LlamaContextSequence
  /** The whole prompt as the engine will evaluate it. */
  readonly promptTokens: readonly Token[]
  readonly stops: readonly string[]
}

/** What is left to the engine: sample up to `maxTokens` tokens, stop quietly when the signal says so. */
export type Sample = (
  signal: AbortSignal,
  onPiece: (piece: GeneratedPiece) => void,
) => Promise<'stop' | 'length' | 'aborted'>

/**
 * Tokens per native call while a prompt is read: few enough that a cancelled request stops soon, many
 * enough to keep the hardware busy. Fixed, because another split gives another rounding and so another
 * text for the same seed.
 */
const PROMPT_BATCH = { cpu: 64, gpu: 512 } as const

/** Tokens of context that the engine keeps free for itself. */
const RESERVED_TOKENS = 2

/** How many tokens may be generated: what was asked for, but no more than the context holds. */
export function tokenBudget(
  loaded: LoadedModel,
  promptTokens: number,
  wanted: number | undefined,
  param: string,
): number {
  const limit = loaded.contextLength - RESERVED_TOKENS
  if (promptTokens > limit) throw contextLengthExceeded(param, promptTokens, limit)
  return Math.min(wanted ?? Infinity, loaded.contextLength - 1 - promptTokens)
}

/** Generates from an empty context, so that no earlier request has a say in this one. */
export async function generate(
  loaded: LoadedModel,
  plan: GenerationPlan,
  signal: AbortSignal,
  onPiece: (piece: GeneratedPiece) => void,
  sample: Sample,
): Promise<GenerationEnd> {
  const { sequence, promptTokens } = plan
  await sequence.clearHistory()
  await readPrompt(loaded, sequence, promptTokens.slice(0, -1), signal)
  const tokensBefore = sequence.tokenMeter.getState()

  const filter = new StopFilter(plan.stops)
  const stopped = new AbortController()
  const outcome = await sample(AbortSignal.any([signal, stopped.signal]), (piece) => {
    if (piece.kind === 'reasoning') {
      onPiece(piece)
      return
    }
    const text = filter.push(piece.text)
    if (text !== '') onPiece({ kind: 'content', text })
    if (filter.isStopped) stopped.abort()
  })
  signal.throwIfAborted()

  const rest = filter.flush()
  if (rest !== '') onPiece({ kind: 'content', text: rest })
  return {
    finishReason: outcome === 'length' && !filter.isStopped ? 'length' : 'stop',
    promptTokens: promptTokens.length,
    completionTokens: sequence.tokenMeter.diff(tokensBefore).usedOutputTokens,
  }
}

/** Evaluates all but the last token of the prompt; sampling begins with that one. */
async function readPrompt(
  loaded: LoadedModel,
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  signal: AbortSignal,
): Promise<void> {
  const batch = loaded.llama.gpu === false ? PROMPT_BATCH.cpu : PROMPT_BATCH.gpu
  for (let start = 0; start < tokens.length; start += batch) {
    signal.throwIfAborted()
    await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(start, start + batch))
  }
}
