/** A chat request as bytes, made once and sent many times. */
export interface ChatRequest {
  readonly body: string
  /** Fewer bytes than this are no answer, however quickly they came. */
  readonly leastBytes: number
}

export function jsonRequest(model: string): ChatRequest {
  return { body: chatBody(model, false), leastBytes: 1000 }
}

export function streamRequest(model: string): ChatRequest {
  return { body: chatBody(model, true), leastBytes: 200 }
}

/** About 0.7 kB, the size of a short turn with a system prompt. */
function chatBody(model: string, stream: boolean): string {
  return JSON.stringify({
    model,
    stream,
    temperature: 0.7,
    max_tokens: 256,
    messages: [
      { role: 'system', content: 'You help the people of this house and answer briefly. '.repeat(8) },
      { role: 'user', content: 'Is every window closed, and is the heating down for the night?' },
    ],
  })
}
