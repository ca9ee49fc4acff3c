import type { AnswerUsage } from '../chat/read-answer.ts'

/** Token counts in Anthropic's words, where tokens read from a cache are counted apart. Zeros where a host gives none. */
export function messageUsage(usage: AnswerUsage | undefined) {
  const { promptTokens = 0, completionTokens = 0, cachedTokens = 0, reasoningTokens = 0 } = usage ?? {}
  return {
    input_tokens: promptTokens - cachedTokens,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cachedTokens,
    output_tokens: completionTokens,
    ...(reasoningTokens > 0 && { output_tokens_details: { thinking_tokens: reasoningTokens } }),
  }
}
