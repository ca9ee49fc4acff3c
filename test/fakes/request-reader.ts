import type { IncomingHttpHeaders } from 'node:http'

/** A request as it came over the wire; the body without its chunked framing, otherwise untouched. */
export interface ReceivedRequest {
  readonly method: string
  /** The request target, query included. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

type Head = Omit<ReceivedRequest, 'body'>

const LIMIT_BYTES = 64 * 1024 * 1024
const LINE_END = '\r\n'
const HEAD_END = '\r\n\r\n'

/** Cuts requests out of the bytes of one connection. Knows as much of HTTP/1.1 as clients really send. */
export class RequestReader {
  #buffer = Buffer.alloc(16 * 1024)
  #length = 0

  push(bytes: Buffer): void {
    const length = this.#length + bytes.length
    if (length > LIMIT_BYTES) throw new Error('The request is larger than the scripted host reads.')
    if (length > this.#buffer.length) this.#grow(length)
    bytes.copy(this.#buffer, this.#length)
    this.#length = length
  }

  /** The next complete request, or undefined until more bytes have come. */
  next(): ReceivedRequest | undefined {
    const bytes = this.#buffer.subarray(0, this.#length)
    const headEnd = bytes.indexOf(HEAD_END)
    if (headEnd === -1) return undefined
    const head = parseHead(bytes.toString('latin1', 0, headEnd))
    const bodyStart = headEnd + HEAD_END.length
    const body = isChunked(head)
      ? readChunks(bytes, bodyStart)
      : readLength(bytes, bodyStart, Number(head.headers['content-length'] ?? 0))
    if (body === undefined) return undefined
    this.#buffer.copyWithin(0, body.end, this.#length)
    this.#length -= body.end
    return { ...head, body: body.bytes }
  }

  #grow(toHold: number): void {
    const larger = Buffer.alloc(Math.max(toHold, this.#buffer.length * 2))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

interface Body {
  readonly bytes: Buffer
  /** Where the next request begins. */
  readonly end: number
}

function parseHead(text: string): Head {
  const [requestLine = '', ...lines] = text.split(LINE_END)
  const [method = '', path = ''] = requestLine.split(' ')
  const headers: IncomingHttpHeaders = {}
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { method, path, headers }
}

function isChunked(head: Head): boolean {
  return head.headers['transfer-encoding']?.toLowerCase().includes('chunked') ?? false
}

function readLength(bytes: Buffer, start: number, length: number): Body | undefined {
  const end = start + length
  return bytes.length < end ? undefined : { bytes: Buffer.from(bytes.subarray(start, end)), end }
}

function readChunks(bytes: Buffer, start: number): Body | undefined {
  const parts: Buffer[] = []
  let at = start
  for (;;) {
    const lineEnd = bytes.indexOf(LINE_END, at)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    const dataStart = lineEnd + LINE_END.length
    const next = dataStart + size + LINE_END.length
    if (bytes.length < next) return undefined
    if (size === 0) return { bytes: Buffer.concat(parts), end: next }
    parts.push(bytes.subarray(dataStart, dataStart + size))
    at = next
  }
}
