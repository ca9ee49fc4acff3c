import type { LlamaEmbeddingContext, LlamaModel } from 'node-llama-cpp'
import { z } from 'zod'
import { contextLengthExceeded, modelCannotEmbed, unsupportedParameter } from '../errors.ts'
import { architectureMetadata, type LoadedModel } from './loaded-model.ts'
import { parseRequest, refuse, unless, type Refusal } from './parse-request.ts'

const embeddingSchema = z.looseObject({
  input: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(2048)]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().positive().nullish(),
})

export type EmbeddingRequest = z.infer<typeof embeddingSchema>

const REFUSALS: Readonly<Record<string, Refusal>> = {
  input: unless(
    (value) => !Array.isArray(value) || value.every((entry) => typeof entry === 'string'),
    'input of token ids',
  ),
}

/** An embedding request; throws `unsupported_parameter` or `invalid_request`. */
export function parseEmbeddingRequest(body: unknown): EmbeddingRequest {
  refuse(body, REFUSALS)
  return parseRequest(embeddingSchema, body)
}

/** A whole text is one batch, and the memory of a batch grows with the square of its length. */
const LONGEST_INPUT = 2048

/** `llama_pooling_type` of llama.cpp: how the vectors of the tokens become one. */
const POOLING = { mean: 1, cls: 2, last: 3, rank: 4 } as const

export interface EmbeddingReply {
  readonly vectors: readonly (readonly number[])[]
  readonly tokens: number
}

/** Makes embeddings; takes memory only once the first are wanted. */
export class Embeddings {
  readonly #loaded: LoadedModel
  #context: LlamaEmbeddingContext | undefined

  constructor(loaded: LoadedModel) {
    this.#loaded = loaded
  }

  /** Throws `model_cannot_embed`, `unsupported_parameter` or `context_length_exceeded`. */
  check(request: EmbeddingRequest): void {
    const { id, model } = this.#loaded
    const why = whyItCannotEmbed(model)
    if (why !== undefined) throw modelCannotEmbed(id, why)
    const { dimensions } = request
    if (typeof dimensions === 'number' && dimensions !== model.embeddingVectorSize) {
      throw unsupportedParameter('dimensions', `other than ${String(model.embeddingVectorSize)} dimensions`)
    }
    for (const [index, text] of inputs(request).entries()) {
      const tokens = this.#tokenCount(text)
      const param = typeof request.input === 'string' ? 'input' : `input[${String(index)}]`
      if (tokens > this.#longestInput()) throw contextLengthExceeded(param, tokens, this.#longestInput())
    }
  }

  async embed(request: EmbeddingRequest, signal: AbortSignal): Promise<EmbeddingReply> {
    const context = (this.#context ??= await this.#createContext())
    const vectors: (readonly number[])[] = []
    let tokens = 0
    for (const text of inputs(request)) {
      signal.throwIfAborted()
      vectors.push((await context.getEmbeddingFor(text)).vector)
      tokens += this.#tokenCount(text)
    }
    return { vectors, tokens }
  }

  #createContext(): Promise<LlamaEmbeddingContext> {
    const { llama, model, threads = llama.cpuMathCores } = this.#loaded
    // The engine keeps one token of the context free.
    const size = this.#longestInput() + 1
    return model.createEmbeddingContext({ contextSize: size, batchSize: size, threads })
  }

  #longestInput(): number {
    return Math.min(this.#loaded.contextLength, LONGEST_INPUT)
  }

  /** With the marks the model wants before and after a text. */
  #tokenCount(text: string): number {
    const { model } = this.#loaded
    const { shouldPrependBosToken, shouldAppendEosToken } = model.tokens
    return model.tokenize(text).length + Number(shouldPrependBosToken) + Number(shouldAppendEosToken)
  }
}

function inputs({ input }: EmbeddingRequest): readonly string[] {
  return typeof input === 'string' ? [input] : input
}

function whyItCannotEmbed(model: LlamaModel): string | undefined {
  const { hasEncoder, hasDecoder } = model.fileInsights
  if (hasEncoder && hasDecoder) return 'it translates one text to another'
  switch (architectureMetadata(model)['pooling_type']) {
    case POOLING.mean:
    case POOLING.cls:
    case POOLING.last:
      return undefined
    case POOLING.rank:
      return 'it ranks texts'
    default:
      return 'its file names no way to pool tokens into one vector'
  }
}
