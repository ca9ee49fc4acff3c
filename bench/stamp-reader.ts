import { monotonicMicros } from './monotonic.ts'

const BEFORE_STAMP = '"content":"'
const STAMP_DIGITS = 16

/** Finds the stamps of the mock host's chunks in a stream, however the stream was cut, and tells their age. */
export class StampReader {
  readonly #onStamp: (latencyMs: number) => void
  #carried = ''

  constructor(onStamp: (latencyMs: number) => void) {
    this.#onStamp = onStamp
  }

  push(bytes: Buffer): void {
    const nowMicros = monotonicMicros()
    const text = this.#carried + bytes.toString('latin1')
    let readTo = 0
    for (;;) {
      const found = text.indexOf(BEFORE_STAMP, readTo)
      const stampAt = found + BEFORE_STAMP.length
      if (found === -1 || stampAt + STAMP_DIGITS > text.length) break
      readTo = stampAt + STAMP_DIGITS
      const latencyMs = (nowMicros - Number(text.slice(stampAt, readTo))) / 1e3
      // Not a number where a relay cut the chunk right inside its stamp.
      if (Number.isFinite(latencyMs)) this.#onStamp(latencyMs)
    }
    // What may be the beginning of a stamp that the next bytes complete.
    this.#carried = text.slice(Math.max(readTo, text.length - BEFORE_STAMP.length - STAMP_DIGITS))
  }
}
