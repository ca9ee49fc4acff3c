import { tryParseJson } from '#base/json'
import { readUsage, type Usage } from './event-stream-tap.ts'

const USAGE_KEY = Buffer.from('"usage"')
const OPEN = 0x7b
const CLOSE = 0x7d
/** Usage objects nest their details two deep and are short. */
const NEAR_THE_END_BYTES = 400
const LONGEST_USAGE_BYTES = 2_000

/**
 * The token counts in a JSON answer. Only the usage object is parsed: the answer goes to the caller as bytes,
 * so nobody needs the rest of it. A key inside the model's text has its quotes escaped and is not found.
 */
export function readBodyUsage(body: Buffer): Usage | undefined {
  // Hosts write it last, so the end is searched first.
  let key = body.indexOf(USAGE_KEY, Math.max(0, body.length - NEAR_THE_END_BYTES))
  if (key === -1) key = body.lastIndexOf(USAGE_KEY)
  if (key === -1) return undefined
  const start = body.indexOf(OPEN, key)
  if (start === -1 || start > key + USAGE_KEY.length + 8) return undefined
  const end = Math.min(body.length, start + LONGEST_USAGE_BYTES)
  let depth = 0
  for (let at = start; at < end; at++) {
    if (body[at] === OPEN) depth++
    else if (body[at] === CLOSE && --depth === 0) return readUsage(tryParseJson(body.toString('latin1', start, at + 1)))
  }
  return undefined
}
