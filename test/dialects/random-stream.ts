import type { Random } from '../fuzz/random.ts'
import type { Assistant } from './random-chat.ts'

type Fields = Record<string, unknown>

/**
 * The answer as the bytes of an event stream of a host: its text cut anywhere, calls perhaps mixed, lines
 * ended this way or that, and the bytes handed over in pieces that care for nothing.
 */
export function* randomStream(
  said: Assistant,
  reason: string,
  usage: Fields,
  random: Random,
): Generator<Buffer> {
  const events = [
    ...(random.chance(0.5) ? [chunk({ role: 'assistant', content: '' })] : []),
    ...cut(said.reasoning_content ?? '', random).map((text) => chunk({ reasoning_content: text })),
    ...cut(said.content ?? '', random).map((text) => chunk({ content: text })),
    ...mixed(callDeltas(said, random), random).map((call) => chunk({ tool_calls: [call] })),
    { choices: [{ index: 0, delta: {}, finish_reason: reason }] },
    ...(Object.keys(usage).length > 0 ? [{ choices: [], usage }] : []),
  ]
  const ending = random.pick(['\n', '\r\n', '\r'])
  const lines = events.map((event) => `data: ${JSON.stringify(event)}${ending}${ending}`)
  if (random.chance(0.3)) lines.splice(random.below(lines.length), 0, `: comment${ending}${ending}`)
  const bytes = Buffer.from(`${lines.join('')}data: [DONE]${ending}${ending}`)
  for (let at = 0; at < bytes.length;) {
    const size = 1 + random.below(random.chance(0.5) ? 10 : 500)
    yield bytes.subarray(at, at + size)
    at += size
  }
}

function chunk(delta: Fields): Fields {
  return { choices: [{ index: 0, delta, finish_reason: null }] }
}

/** Cuts between code points: hosts send whole characters. */
function cut(text: string, random: Random): string[] {
  const letters = Array.from(text)
  const pieces: string[] = []
  while (letters.length > 0) pieces.push(letters.splice(0, 1 + random.below(8)).join(''))
  return pieces
}

/** The deltas of each call in order. */
function callDeltas({ tool_calls: calls = [] }: Assistant, random: Random): Fields[][] {
  return calls.map(({ id, function: { name, arguments: text } }, index) => {
    const [first = '', ...rest] = random.chance(0.5) ? cut(text, random) : ['', ...cut(text, random)]
    return [
      { index, id, type: 'function', function: { name, arguments: first } },
      ...rest.map((piece) => ({ index, function: { arguments: piece } })),
    ]
  })
}

/** One call after the other, or mixed; each call's deltas stay in order, and so do the calls' beginnings. */
function mixed(calls: Fields[][], random: Random): Fields[] {
  if (random.chance(0.5)) return calls.flat()
  const begun = calls.map((deltas) => deltas.shift()!)
  const out = [...begun]
  while (calls.some(({ length }) => length > 0)) {
    const next = random.pick(calls.filter(({ length }) => length > 0))
    out.push(next.shift()!)
  }
  return out
}
