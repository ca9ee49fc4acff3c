/** A whole chat completion of a host. */
export function completion(
  message: object,
  usage: object = { prompt_tokens: 3, completion_tokens: 2 },
  finishReason = 'stop',
): object {
  return {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm1-of-the-host',
    choices: [{ index: 0, finish_reason: finishReason, message: { role: 'assistant', ...message } }],
    usage,
  }
}

export function deltaChunk(delta: object): string {
  const chunk = { id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm1', choices: [] as object[] }
  chunk.choices.push({ index: 0, delta, finish_reason: null })
  return `data: ${JSON.stringify(chunk)}\n\n`
}

/** A part of a tool call; the first one has its id and name. */
export function toolCallDelta(
  index: number,
  { id, name, arguments: text }: { id?: string; name?: string; arguments: string },
): string {
  const call = {
    index,
    ...(id !== undefined && { id, type: 'function' }),
    function: { ...(name !== undefined && { name }), arguments: text },
  }
  return deltaChunk({ tool_calls: [call] })
}
