import { Buffer } from 'node:buffer'

const LINE_FEED = 0x0a
/** A row of a database is far smaller; what is longer is no line of ours. */
const LONGEST_BYTES = 64 * 1024 * 1024

/**
 * The lines of a text that comes in pieces, without their line feeds.
 *
 * @throws RangeError for a line of more than 64 MiB, before it fills the memory.
 */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let begun: Uint8Array[] = []
  let begunBytes = 0
  for await (const piece of pieces) {
    let from = 0
    for (let end = piece.indexOf(LINE_FEED); end !== -1; end = piece.indexOf(LINE_FEED, from)) {
      yield Buffer.concat([...begun, piece.subarray(from, end)])
      begun = []
      begunBytes = 0
      from = end + 1
    }
    if (from === piece.length) continue
    begunBytes += piece.length - from
    if (begunBytes > LONGEST_BYTES) throw new RangeError('a line has no end')
    begun.push(piece.subarray(from))
  }
  if (begun.length > 0) yield Buffer.concat(begun)
}
