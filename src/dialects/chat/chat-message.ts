/** A part of a message's content, as hosts take it. */
export type ChatPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string; readonly detail?: string } }
  | { readonly type: 'input_audio'; readonly input_audio: unknown }

export interface ChatToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}

export interface AssistantMessage {
  readonly role: 'assistant'
  content: string | null
  /** What the model thought, for hosts that want to see it again. */
  reasoning_content?: string
  tool_calls?: ChatToolCall[]
}

/** A message of a chat completion request. */
export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string | readonly ChatPart[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string }
  | AssistantMessage

/** Text alone goes as a string, which every host's template takes. */
export function plainest(parts: readonly ChatPart[]): string | readonly ChatPart[] {
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  return texts.length === parts.length ? texts.join('\n') : parts
}

/** Joins the system messages at the beginning: many templates take one, and only there. */
export function joinLeadingSystem(messages: readonly ChatMessage[]): ChatMessage[] {
  const end = messages.findIndex(({ role, content }) => role !== 'system' || typeof content !== 'string')
  const leading = end === -1 ? messages : messages.slice(0, end)
  if (leading.length < 2) return [...messages]
  const content = leading.map((message) => message.content as string).join('\n\n')
  return [{ role: 'system', content }, ...messages.slice(leading.length)]
}
