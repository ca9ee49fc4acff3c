import { isRecord } from '#base/json'
import type { AnswerUsage } from '../chat/read-answer.ts'
import type { Fields } from '../dialect.ts'
import type { ResponsesRequest } from './read-request.ts'

/** What a response says of its request; `output`, `status` and what belongs to its end come with the answer. */
export function responseOf(
  { fields, model, isStored, previousId }: ResponsesRequest,
  facts: { readonly id: string; readonly createdAtSeconds: number },
): Fields {
  const given = (name: string, otherwise: unknown = null): unknown => fields[name] ?? otherwise
  const reasoning = isRecord(fields.reasoning) ? fields.reasoning : {}
  const text = isRecord(fields.text) ? fields.text : {}
  return {
    id: facts.id,
    object: 'response',
    created_at: facts.createdAtSeconds,
    status: 'in_progress',
    background: false,
    completed_at: null,
    error: null,
    incomplete_details: null,
    instructions: given('instructions'),
    max_output_tokens: given('max_output_tokens'),
    max_tool_calls: given('max_tool_calls'),
    model,
    output: [],
    parallel_tool_calls: given('parallel_tool_calls', true),
    previous_response_id: previousId ?? null,
    prompt_cache_key: given('prompt_cache_key'),
    reasoning: { effort: reasoning.effort ?? null, summary: reasoning.summary ?? null },
    safety_identifier: given('safety_identifier'),
    // A household has one; what the caller wished changes nothing.
    service_tier: 'default',
    store: isStored,
    temperature: given('temperature'),
    text: { format: text.format ?? { type: 'text' }, verbosity: text.verbosity ?? 'medium' },
    tool_choice: given('tool_choice', 'auto'),
    tools: given('tools', []),
    top_logprobs: given('top_logprobs', 0),
    top_p: given('top_p'),
    truncation: 'disabled',
    usage: null,
    user: given('user'),
    metadata: given('metadata', {}),
  }
}

/** Null where the host counted nothing. */
export function responseUsage(usage: AnswerUsage | undefined): Fields | null {
  if (usage === undefined) return null
  const { promptTokens, completionTokens, cachedTokens, reasoningTokens } = usage
  return {
    input_tokens: promptTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens: completionTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: promptTokens + completionTokens,
  }
}
