const HEAD_END = '\r\n\r\n'
const LAST_CHUNK = '\r\n0\r\n\r\n'

/**
 * Watches one HTTP answer pass and knows when it is complete. Written for answers of JSON and of events,
 * whose bodies cannot contain the bytes of a last chunk.
 */
export class AnswerReader {
  status = 0
  /** Bytes after the head, chunk sizes included. */
  bodyBytes = 0
  keepsAlive = true
  isComplete = false
  #head: string | undefined = ''
  /** Undefined where the body is chunked. */
  #length: number | undefined
  #tail = ''

  push(bytes: Buffer): void {
    const body = this.#head === undefined ? bytes : this.#readHead(bytes, this.#head)
    if (body === undefined) return
    this.bodyBytes += body.length
    this.isComplete = this.#length === undefined ? this.#sawLastChunk(body) : this.bodyBytes >= this.#length
  }

  /** What follows the head in these bytes, or undefined until the head is there. */
  #readHead(bytes: Buffer, before: string): Buffer | undefined {
    const head = before + bytes.toString('latin1')
    const headEnd = head.indexOf(HEAD_END)
    if (headEnd === -1) {
      this.#head = head
      return undefined
    }
    const lines = head.slice(0, headEnd)
    this.#head = undefined
    this.status = Number(lines.slice(9, 12))
    this.keepsAlive = !/^connection: close/im.test(lines)
    const length = /^content-length: (\d+)/im.exec(lines)?.[1]
    this.#length = length === undefined ? undefined : Number(length)
    return bytes.subarray(headEnd + HEAD_END.length - before.length)
  }

  #sawLastChunk(body: Buffer): boolean {
    const from = Math.max(0, body.length - LAST_CHUNK.length)
    this.#tail = (this.#tail + body.toString('latin1', from)).slice(-LAST_CHUNK.length)
    return this.#tail === LAST_CHUNK
  }
}
