/** The events of an OpenAI chat stream, as text ready for the wire. */
export const DONE = 'data: [DONE]\n\n'

const ENVELOPE = { id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: 1, model: 'm1' }

export function chatChunk(text: string): string {
  return event({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })
}

export function finishChunk(reason: 'stop' | 'length' | 'tool_calls' | 'content_filter'): string {
  return event({ choices: [{ index: 0, delta: {}, finish_reason: reason }] })
}

/** What `stream_options.include_usage` adds before `[DONE]`. */
export function usageChunk(promptTokens = 3, completionTokens = 2): string {
  const usage = {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  }
  return event({ choices: [], usage })
}

function event(fields: object): string {
  return `data: ${JSON.stringify({ ...ENVELOPE, ...fields })}\n\n`
}
