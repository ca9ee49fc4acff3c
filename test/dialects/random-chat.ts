import type { Random } from '../fuzz/random.ts'

const WORDS = [
  'warm',
  'Küche',
  '🌍',
  '\u2028',
  '"quoted"',
  '\\',
  '\n',
  '</think>',
  'data: [DONE]\n\n',
  '\u0000',
  ' ',
]
const NAMES = ['get_temperature', 'set_light', 'search']

export interface ToolCall {
  readonly id: string
  readonly type: 'function'
  readonly function: { readonly name: string; readonly arguments: string }
}
export interface Assistant {
  readonly role: 'assistant'
  readonly content: string | null
  readonly reasoning_content?: string
  readonly tool_calls?: readonly ToolCall[]
}
export type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }
export type Message =
  | { readonly role: 'system'; readonly content: string }
  | { readonly role: 'user'; readonly content: string | readonly Part[] }
  | { readonly role: 'tool'; readonly tool_call_id: string; readonly content: string }
  | Assistant

export function randomText(random: Random): string {
  return Array.from({ length: 1 + random.below(6) }, () => random.pick(WORDS)).join('')
}

/** What a model says in one turn; `number` keeps the ids of its calls apart from those of other turns. */
export function randomAssistant(random: Random, number = 0): Assistant {
  const callCount = random.chance(0.4) ? 1 + random.below(3) : 0
  const calls = Array.from({ length: callCount }, (_, index): ToolCall => ({
    id: `call_${number}_${index}`,
    type: 'function',
    function: {
      name: random.pick(NAMES),
      arguments: JSON.stringify(
        random.chance(0.2) ? {} : { room: randomText(random), deep: { n: [1, null] } },
      ),
    },
  }))
  return {
    role: 'assistant',
    content: callCount > 0 && random.chance(0.5) ? null : randomText(random),
    ...(random.chance(0.3) && { reasoning_content: randomText(random) }),
    ...(callCount > 0 && { tool_calls: calls }),
  }
}

/** A conversation that ends with something for the model to answer. */
export function randomConversation(random: Random): Message[] {
  const messages: Message[] = random.chance(0.5) ? [{ role: 'system', content: randomText(random) }] : []
  for (let turn = 0; turn <= random.below(4); turn++) {
    messages.push(randomUser(random))
    const answer = randomAssistant(random, turn)
    messages.push(answer)
    for (const { id } of answer.tool_calls ?? []) {
      messages.push({ role: 'tool', tool_call_id: id, content: randomText(random) })
    }
  }
  messages.push(randomUser(random))
  return messages
}

function randomUser(random: Random): Message {
  if (random.chance(0.6)) return { role: 'user', content: randomText(random) }
  const image: Part = {
    type: 'image_url',
    image_url: { url: random.chance(0.5) ? 'data:image/png;base64,AAAA' : 'http://camera.local/1.png' },
  }
  const text: Part = { type: 'text', text: randomText(random) }
  return { role: 'user', content: random.chance(0.5) ? [image, text] : [text, image, text] }
}

/** The tools and settings of a request, in the words of chat completions. */
export function randomSettings(random: Random): Record<string, unknown> {
  const tools = NAMES.slice(0, random.below(3)).map((name) => ({
    type: 'function',
    function: { name, description: randomText(random), parameters: { type: 'object', properties: {} } },
  }))
  const choices = ['auto', 'required', 'none', { type: 'function', function: { name: NAMES[0] } }]
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  return {
    model: 'm1',
    max_tokens: 1 + random.below(1000),
    ...(random.chance(0.5) && { temperature: random.next() }),
    ...(random.chance(0.5) && { top_p: random.next() }),
    ...(random.chance(0.3) && { top_k: random.below(100) }),
    ...(random.chance(0.3) && { stop: [randomText(random)] }),
    ...(random.chance(0.3) && { seed: random.below(1e9) }),
    ...(random.chance(0.3) && { reasoning_effort: random.pick(['low', 'medium', 'high', 'xhigh', 'max']) }),
    ...(random.chance(0.3) && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } },
    }),
    ...(tools.length > 0 && {
      tools,
      ...(random.chance(0.6) && { tool_choice: random.pick(choices) }),
    }),
  }
}
