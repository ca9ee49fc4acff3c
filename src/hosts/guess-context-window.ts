/** Parts of model names and the context they usually mean (Cathedral's table). */
const GUESSES: readonly (readonly [string, number])[] = [
  ['llama-3-8b', 8_192],
  ['llama3-8b', 8_192],
  ['llama-3.1-8b', 8_192],
  ['llama-3-70b', 8_192],
  ['llama3-70b', 8_192],
  ['llama-3.1-70b', 8_192],
  ['qwen2.5', 131_072],
  ['qwen2', 131_072],
  ['mistral-7b', 32_768],
  ['mixtral-8x7b', 32_768],
  ['gpt-4o', 8_192],
  ['gpt-4', 8_192],
  ['gpt-3.5', 4_096],
  ['text-davinci', 4_096],
]

/** What to assume where neither a host nor the name of a model says. */
export const DEFAULT_CONTEXT_WINDOW = 8_192

/** Tokens of context that the name of a model suggests, or undefined. Never a fact. */
export function guessContextWindow(id: string): number | undefined {
  const name = id.toLowerCase()
  return GUESSES.find(([part]) => name.includes(part))?.[1]
}
