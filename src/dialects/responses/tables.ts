/** The Responses API's words beside those of chat completions. Tests read these tables backwards. */

/** Role of an input message → role of a chat message. Few templates know `developer`, which says the same. */
export const ROLES = { user: 'user', assistant: 'assistant', system: 'system', developer: 'system' } as const

/** `tool_choice` as a word. */
export const TOOL_CHOICES = { auto: 'auto', none: 'none', required: 'required' } as const

/** Finish reason → why a response is incomplete; every other reason completes it. */
export const INCOMPLETE_REASONS = { length: 'max_output_tokens', content_filter: 'content_filter' } as const

/** `include` values that ask for nothing Hearth leaves out, or for results of tools it refuses anyway. */
export const INCLUDABLE = [
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
] as const
