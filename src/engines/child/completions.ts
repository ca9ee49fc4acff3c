import { LlamaCompletion, type Token } from 'node-llama-cpp'
import { z } from 'zod'
import { modelCannotGenerate } from '../errors.ts'
import { generate, tokenBudget, type Generation } from './generation.ts'
import type { LoadedModel } from './loaded-model.ts'
import { always, isEmpty, parseRequest, refuse, unless, type Refusal } from './parse-request.ts'
import { sampling, samplingSchema, stops } from './sampling.ts'
import { streamingSchema } from './streaming.ts'

const completionSchema = samplingSchema.extend(streamingSchema.shape).extend({
  prompt: z.union([z.string(), z.tuple([z.string()])]),
})

export type CompletionRequest = z.infer<typeof completionSchema>

const REFUSALS: Readonly<Record<string, Refusal>> = {
  prompt: unless(
    (value) => !Array.isArray(value) || isOneText(value),
    'several prompts, or prompts of token ids, at once',
  ),
  suffix: unless(isEmpty, 'text before a suffix'),
  echo: unless((value) => value === false, 'an echo of the prompt'),
  n: unless((value) => value === 1, 'more than one answer'),
  best_of: unless((value) => value === 1, 'a choice of the best answer'),
  logprobs: always('log probabilities'),
  logit_bias: unless(isEmpty, 'a bias for tokens'),
}

function isOneText(value: readonly unknown[]): boolean {
  return value.length === 1 && typeof value[0] === 'string'
}

/** A completion request this engine can answer; throws `unsupported_parameter` or `invalid_request`. */
export function parseCompletionRequest(body: unknown): CompletionRequest {
  refuse(body, REFUSALS)
  return parseRequest(completionSchema, body)
}

/** Checks what can be checked before the request has its turn. Throws AppErrors of kind `invalid_input`. */
export function prepareCompletion(loaded: LoadedModel, request: CompletionRequest): Generation {
  const { model, sequence } = loaded
  if (sequence === undefined) throw modelCannotGenerate(loaded.id)
  const text = typeof request.prompt === 'string' ? request.prompt : request.prompt[0]
  const tokens = model.tokenize(text)
  const promptTokens = [...beginning(loaded), ...tokens]
  const maxTokens = tokenBudget(loaded, promptTokens.length, request.max_tokens ?? undefined, 'prompt')
  const plan = { sequence, promptTokens, stops: stops(request) }
  return {
    run: (signal, onPiece) =>
      generate(loaded, plan, signal, onPiece, async (stopSignal, onText) => {
        const completion = new LlamaCompletion({ contextSequence: sequence })
        try {
          const { metadata } = await completion.generateCompletionWithMeta(tokens, {
            ...sampling(request),
            maxTokens,
            signal: stopSignal,
            stopOnAbortSignal: true,
            disableContextShift: true,
            // Without this the prompt would lose its beginning before it fills the context.
            contextShiftSize: 1,
            onTextChunk: (piece) => onText({ kind: 'content', text: piece }),
          })
          if (metadata.stopReason === 'abort') return 'aborted'
          return metadata.stopReason === 'maxTokens' ? 'length' : 'stop'
        } finally {
          completion.dispose({ disposeSequence: false })
        }
      }),
  }
}

function beginning({ model }: LoadedModel): Token[] {
  const { bos, shouldPrependBosToken } = model.tokens
  return shouldPrependBosToken && bos !== null ? [bos] : []
}
