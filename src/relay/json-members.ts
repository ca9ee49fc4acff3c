const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** Where a value stands in JSON text: from its first byte up to, not including, `end`. */
export interface Range {
  readonly start: number
  readonly end: number
}

/**
 * Where the value of a member stands in an object, the last one where the name is given twice (as
 * JSON.parse has it). For changing one member without writing the rest anew, which would round large
 * integers. The text must be valid JSON; a deep nest costs no stack.
 *
 * @param object the range of the object, or of text around it
 */
export function findMember(json: Buffer, object: Range, name: string): Range | undefined {
  let found: Range | undefined
  let at = json.indexOf(OPEN_BRACE, object.start) + 1
  for (;;) {
    at = skipTo(json, at, object.end, (byte) => byte === QUOTE || byte === CLOSE_BRACE)
    if (at >= object.end || json[at] === CLOSE_BRACE) return found
    const keyEnd = endOfString(json, at)
    const key = JSON.parse(json.toString('utf8', at, keyEnd)) as string
    at = skipTo(json, keyEnd, object.end, (byte) => byte === COLON) + 1
    at = skipTo(json, at, object.end, isNoSpace)
    const end = endOfValue(json, at)
    if (key === name) found = { start: at, end }
    at = end
  }
}

/** Puts bytes in the place of a range. */
export function replaceRange(json: Buffer, { start, end }: Range, bytes: string): Buffer {
  return Buffer.concat([json.subarray(0, start), Buffer.from(bytes), json.subarray(end)])
}

function endOfValue(json: Buffer, start: number): number {
  const first = json[start]
  if (first === QUOTE) return endOfString(json, start)
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) {
    return skipTo(
      json,
      start,
      json.length,
      (byte) => byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || !isNoSpace(byte),
    )
  }
  let depth = 0
  for (let at = start; at < json.length; at++) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfString(json, at) - 1
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1
  }
  return json.length
}

function endOfString(json: Buffer, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === BACKSLASH) at++
    else if (json[at] === QUOTE) return at + 1
  }
  return json.length
}

function skipTo(json: Buffer, from: number, end: number, isWanted: (byte: number) => boolean): number {
  let at = from
  while (at < end && !isWanted(json[at]!)) at++
  return at
}

function isNoSpace(byte: number): boolean {
  return byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09
}
