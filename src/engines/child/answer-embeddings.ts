import type { ServerResponse } from 'node:http'
import { parseEmbeddingRequest, type EmbeddingReply, type EmbeddingRequest } from './embeddings.ts'
import { sendJson } from './exchange.ts'

/** Answers `POST /v1/embeddings`. */
export async function answerEmbeddings(
  body: unknown,
  response: ServerResponse,
  model: {
    readonly modelId: string
    /** Throws what speaks against the request before it waits for its turn. */
    check(request: EmbeddingRequest): void
    embed(request: EmbeddingRequest): Promise<EmbeddingReply>
  },
): Promise<void> {
  const request = parseEmbeddingRequest(body)
  model.check(request)
  const { vectors, tokens } = await model.embed(request)
  sendJson(response, 200, {
    object: 'list',
    model: model.modelId,
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: encoded(vector, request),
    })),
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}

/** OpenAI's `base64` is the little-endian bytes of 32-bit floats. */
function encoded(
  vector: readonly number[],
  { encoding_format: format }: EmbeddingRequest,
): readonly number[] | string {
  if (format !== 'base64') return vector
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
