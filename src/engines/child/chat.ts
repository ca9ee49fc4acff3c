import {
  LlamaChat,
  resolveChatWrapper,
  type ChatHistoryItem,
  type ChatWrapper,
  type LlamaContextSequence,
  type LlamaGrammar,
} from 'node-llama-cpp'
import { modelCannotGenerate } from '../errors.ts'
import { chatHistory, type ChatRequest } from './chat-request.ts'
import { generate, tokenBudget, type Generation, type Sample } from './generation.ts'
import type { LoadedModel } from './loaded-model.ts'
import { responseGrammar } from './response-format.ts'
import { sampling, stops } from './sampling.ts'

/** Makes generations of chat requests, in the chat format of the model. */
export class Chat {
  readonly #loaded: LoadedModel
  readonly #wrapper: ChatWrapper

  constructor(loaded: LoadedModel) {
    this.#loaded = loaded
    this.#wrapper = resolveChatWrapper(loaded.model)
  }

  /** Checks what can be checked before the request has its turn. Throws AppErrors of kind `invalid_input`. */
  async prepare(request: ChatRequest): Promise<Generation> {
    const loaded = this.#loaded
    const { sequence } = loaded
    if (sequence === undefined) throw modelCannotGenerate(loaded.id)
    const history = chatHistory(request)
    const promptTokens = this.#wrapper
      .generateContextState({ chatHistory: history })
      .contextText.tokenize(loaded.model.tokenizer)
    const wantedTokens = request.max_completion_tokens ?? request.max_tokens ?? undefined
    const maxTokens = tokenBudget(loaded, promptTokens.length, wantedTokens, 'messages')
    const grammar = await responseGrammar(loaded.llama, request.response_format)
    const plan = { sequence, promptTokens, stops: stops(request) }
    const sample = this.#sample(sequence, { history, maxTokens, grammar, request })
    return { run: (signal, onPiece) => generate(loaded, plan, signal, onPiece, sample) }
  }

  #sample(
    sequence: LlamaContextSequence,
    task: {
      readonly history: ChatHistoryItem[]
      readonly maxTokens: number
      readonly grammar: LlamaGrammar | undefined
      readonly request: ChatRequest
    },
  ): Sample {
    return async (signal, onPiece) => {
      const chat = new LlamaChat({ contextSequence: sequence, chatWrapper: this.#wrapper })
      try {
        const { metadata } = await chat.generateResponse(task.history, {
          ...sampling(task.request),
          maxTokens: task.maxTokens,
          signal,
          stopOnAbortSignal: true,
          budgets: { thoughtTokens: Infinity, commentTokens: Infinity },
          contextShift: { strategy: refuseContextShift },
          onResponseChunk: ({ type, text }) => {
            if (text !== '') onPiece({ kind: type === 'segment' ? 'reasoning' : 'content', text })
          },
          ...(task.grammar !== undefined && { grammar: task.grammar }),
        })
        if (metadata.stopReason === 'abort') return 'aborted'
        return metadata.stopReason === 'maxTokens' ? 'length' : 'stop'
      } catch (error) {
        if (error instanceof ContextFull) return 'length'
        if (signal.aborted) return 'aborted'
        throw error
      } finally {
        chat.dispose({ disposeSequence: false })
      }
    }
  }
}

/** Marks of a reasoning model can fill the last free tokens; the engine would then forget messages in silence. */
function refuseContextShift(): never {
  throw new ContextFull()
}

class ContextFull extends Error {}
