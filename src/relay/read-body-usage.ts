import type { Usage } from './event-stream-tap.ts'

const USAGE_KEY = Buffer.from('"usage"')
const PROMPT_KEY = Buffer.from('"prompt_tokens"')
const COMPLETION_KEY = Buffer.from('"completion_tokens"')
/** Hosts write the usage last, so the end is searched first. */
const NEAR_THE_END_BYTES = 400
/** Usage objects nest their details two deep and are short. */
const LONGEST_USAGE_BYTES = 2_000
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const SPACE = 0x20
const POINT = 0x2e
const SMALL_E = 0x65
const LARGE_E = 0x45

/**
 * The token counts in a JSON answer, read from its bytes: the answer goes to the caller as it is, so nobody
 * needs it parsed. A key inside the model's text has its quotes escaped and is not found.
 */
export function readBodyUsage(body: Buffer): Usage | undefined {
  let key = body.indexOf(USAGE_KEY, Math.max(0, body.length - NEAR_THE_END_BYTES))
  if (key === -1) key = body.lastIndexOf(USAGE_KEY)
  if (key === -1) return undefined
  const usage = body.subarray(key + USAGE_KEY.length, key + LONGEST_USAGE_BYTES)
  const promptTokens = numberAfter(usage, PROMPT_KEY)
  if (promptTokens === undefined) return undefined
  return { promptTokens, completionTokens: numberAfter(usage, COMPLETION_KEY) ?? 0 }
}

/** The whole number that is the value of a key, or undefined. */
function numberAfter(bytes: Buffer, key: Buffer): number | undefined {
  const found = bytes.indexOf(key)
  if (found === -1) return undefined
  let at = found + key.length
  while (bytes[at] === COLON || bytes[at] === SPACE) at++
  let value: number | undefined
  for (let digit = bytes[at]!; digit >= ZERO && digit <= NINE; digit = bytes[++at]!)
    value = (value ?? 0) * 10 + digit - ZERO
  // A fraction or an exponent is no count, and neither is what no host could have counted.
  const isWhole = bytes[at] !== POINT && bytes[at] !== SMALL_E && bytes[at] !== LARGE_E
  return isWhole && Number.isSafeInteger(value) ? value : undefined
}
