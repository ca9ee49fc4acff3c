/** Anthropic's words beside those of chat completions. Tests read these tables backwards. */

/** `tool_choice.type` → `tool_choice`; `tool` names a function and stands in the code. */
export const TOOL_CHOICES = { auto: 'auto', any: 'required', none: 'none' } as const

/** Finish reason → stop reason. */
export const STOP_REASONS = {
  stop: 'end_turn',
  length: 'max_tokens',
  tool_calls: 'tool_use',
  function_call: 'tool_use',
  content_filter: 'refusal',
} as const

/** `output_config.effort` → `reasoning_effort`. */
export const EFFORTS = { low: 'low', medium: 'medium', high: 'high', xhigh: 'xhigh', max: 'max' } as const

/** Blocks that a message of a role may hold. */
export const BLOCKS = {
  user: ['text', 'image', 'tool_result'],
  assistant: ['text', 'tool_use', 'thinking'],
  system: ['text'],
} as const

export type Role = keyof typeof BLOCKS

/** Blocks that Anthropic knows and no chat completion can carry. */
export const REFUSED_BLOCKS: Readonly<Record<string, string>> = {
  document: 'hosts take text and images; send the text of the document instead',
  search_result: 'hosts take text and images; send the text of the results instead',
  redacted_thinking: 'only Anthropic can read it; leave the block out',
  server_tool_use: 'Hearth runs no tools of Anthropic',
  container_upload: 'Hearth has no containers',
  compaction: 'Hearth does not compact conversations',
}
