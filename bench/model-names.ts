/** What the mock host does for a model is written in the model's name, so that nothing else has to be agreed. */
export interface StreamPlan {
  readonly chunks: number
  /** Between two chunks; 0 sends them all at once. */
  readonly intervalMs: number
}

export function streamModel({ chunks, intervalMs }: StreamPlan): string {
  return `stream-${chunks}x${intervalMs}ms`
}

export function readStreamModel(name: string): StreamPlan {
  const [, chunks, intervalMs] = /^stream-(\d+)x(\d+)ms$/.exec(name) ?? []
  if (chunks === undefined) throw new Error(`"${name}" is no model of the mock host.`)
  return { chunks: Number(chunks), intervalMs: Number(intervalMs) }
}

/** Answers at once with a whole chat completion. */
export const JSON_MODEL = 'json'
