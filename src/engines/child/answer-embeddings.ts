import { parseEmbeddingRequest, type EmbeddingRequest, type Embeddings } from './embeddings.ts'
import { sendJson, type Exchange } from './exchange.ts'
import type { Slot } from './slot.ts'

/** Answers `POST /v1/embeddings`. */
export async function answerEmbeddings(
  body: unknown,
  { response, signal }: Exchange,
  parts: { readonly modelId: string; readonly embeddings: Embeddings; readonly slot: Slot },
): Promise<void> {
  const request = parseEmbeddingRequest(body)
  parts.embeddings.check(request)
  const { vectors, tokens } = await parts.slot.run(signal, () => parts.embeddings.embed(request, signal))
  sendJson(response, 200, {
    object: 'list',
    model: parts.modelId,
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
