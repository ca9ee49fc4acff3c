const LF = 0x0a
const CR = 0x0d
const QUOTE = 0x22
const COLON = 0x3a
const SPACE = 0x20
const OPEN_BRACE = 0x7b
/** What ends an event. */
export const BLANK_LINE = Buffer.from('\n\n')

/** Where the last complete event ends, or 0. Boundaries before `from` are known not to exist. */
export function lastBoundary(bytes: Buffer, from: number): number {
  for (let at = bytes.length - 1; at >= Math.max(1, from); at--) {
    if (isBoundary(bytes, at)) return at + 1
  }
  return 0
}

/** Where the first event at or after `from` ends, or 0. */
export function firstBoundary(bytes: Buffer, from: number): number {
  for (let at = Math.max(1, from); at < bytes.length; at++) {
    const byte = bytes[at]
    if ((byte === LF || byte === CR) && isBoundary(bytes, at)) return at + 1
  }
  return 0
}

/** Whether a blank line ends at `at`: LF LF, CR LF CR LF, LF CR LF, or CR CR. */
function isBoundary(bytes: Buffer, at: number): boolean {
  const byte = bytes[at]
  if (byte === CR) return bytes[at - 1] === CR
  if (byte !== LF) return false
  if (bytes[at - 1] === LF) return true
  return bytes[at - 1] === CR && at >= 2 && bytes[at - 2] === LF
}

export function countEvents(bytes: Buffer): number {
  let count = 0
  for (let start = 0; start < bytes.length; count++) {
    const end = bytes.indexOf(BLANK_LINE, start)
    if (end === -1) return Math.max(1, count)
    start = end + BLANK_LINE.length
  }
  return count
}

export function hasObjectAt(bytes: Buffer, key: Buffer): boolean {
  for (let at = bytes.indexOf(key); at !== -1; at = bytes.indexOf(key, at + key.length)) {
    if (valueAfter(bytes, at + key.length) === OPEN_BRACE) return true
  }
  return false
}

/** The first byte of the value after a key, or undefined where no colon follows (so it was no key). */
function valueAfter(bytes: Buffer, at: number): number | undefined {
  let index = at
  while (isSpace(bytes[index])) index++
  if (bytes[index] !== COLON) return undefined
  do index++
  while (isSpace(bytes[index]))
  return bytes[index]
}

/** Whether a text that is not empty follows a key. */
export function hasTextAfter(bytes: Buffer, at: number): boolean {
  if (valueAfter(bytes, at) !== QUOTE) return false
  const quote = bytes.indexOf(QUOTE, at)
  return bytes[quote + 1] !== QUOTE
}

function isSpace(byte: number | undefined): boolean {
  return byte === SPACE || byte === LF || byte === CR || byte === 0x09
}
