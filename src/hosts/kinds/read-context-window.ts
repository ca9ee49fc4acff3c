import { isRecord } from '#base/json'
import { toldCount } from './told-values.ts'

/** Names under which servers tell the length of a context (Cathedral's rule), the first one wins. */
const NAMES = [
  'context_window',
  'context_length',
  'max_context_length',
  'max_context',
  'max_context_tokens',
  'max_tokens',
  'max_seq_len',
  'max_position_embeddings',
  'n_ctx',
  'n_positions',
  'rope_n_ctx',
  // vLLM's own.
  'max_model_len',
]

/** Tokens of context that an entry of a model list names, in itself or in its `metadata`; or undefined. */
export function readContextWindow(entry: Readonly<Record<string, unknown>>): number | undefined {
  const fields = isRecord(entry.metadata) ? { ...entry.metadata, ...entry } : entry
  for (const name of NAMES) {
    const tokens = toldCount(fields[name])
    if (tokens !== undefined) return tokens
  }
  return undefined
}
