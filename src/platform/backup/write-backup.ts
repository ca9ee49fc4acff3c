import { createHash, type Hash } from 'node:crypto'
import type { Manifest, PartSummary } from './backup-format.ts'

/** Content of a backup. Lines are read when their turn comes. */
export type BackupPart =
  | { readonly name: string; readonly lines: AsyncIterable<string> }
  | { readonly name: string; readonly bytes: Uint8Array }

/** How many bytes of a file stand in one line. */
const BYTES_A_LINE = 48 * 1024
const PIECE_CHARACTERS = 64 * 1024

/** The text of a backup in pieces; `onEnd` is told what each part was. */
export async function* backupText(
  manifest: Manifest,
  parts: readonly BackupPart[],
  onEnd: (part: PartSummary) => void,
): AsyncGenerator<string, void, undefined> {
  const total = createHash('sha256')
  const summaries: PartSummary[] = []
  for await (const piece of inPieces(content(manifest, parts, summaries))) {
    total.update(piece)
    yield piece
  }
  yield `${JSON.stringify({ whole: true, parts: summaries, sha256: total.digest('hex') })}\n`
  summaries.forEach(onEnd)
}

async function* content(
  manifest: Manifest,
  parts: readonly BackupPart[],
  summaries: PartSummary[],
): AsyncGenerator<string> {
  yield `${JSON.stringify(manifest)}\n`
  for (const part of parts) {
    yield `${JSON.stringify({ part: part.name, form: 'lines' in part ? 'lines' : 'bytes' })}\n`
    const counted = { hash: createHash('sha256'), sizeBytes: 0 }
    for await (const line of linesIn(part, counted)) yield `\t${line}\n`
    const end = { name: part.name, size_bytes: counted.sizeBytes, sha256: counted.hash.digest('hex') }
    summaries.push(end)
    yield `${JSON.stringify({ end })}\n`
  }
}

interface Counted {
  readonly hash: Hash
  sizeBytes: number
}

async function* linesIn(part: BackupPart, counted: Counted): AsyncGenerator<string> {
  if ('lines' in part) {
    for await (const line of part.lines) {
      counted.hash.update(line).update('\n')
      counted.sizeBytes += Buffer.byteLength(line) + 1
      yield line
    }
    return
  }
  counted.hash.update(part.bytes)
  counted.sizeBytes = part.bytes.length
  for (let from = 0; from < part.bytes.length; from += BYTES_A_LINE) {
    const bytes = Buffer.from(part.bytes.subarray(from, from + BYTES_A_LINE)).toString('base64')
    yield JSON.stringify({ bytes })
  }
}

/** A write for each line would take longer than what it writes. */
async function* inPieces(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = ''
  for await (const line of lines) {
    piece += line
    if (piece.length < PIECE_CHARACTERS) continue
    yield piece
    piece = ''
  }
  yield piece
}
