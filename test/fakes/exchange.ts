import type { IncomingHttpHeaders } from 'node:http'
import type { Connection } from './connection.ts'
import type { ReceivedRequest } from './request-reader.ts'
import { within } from './within.ts'

/** How the end of an answer is told: by chunk sizes, by a length said in advance, or by closing. */
export type Framing = 'chunked' | 'until-close' | { readonly lengthBytes: number }

/** One request that reached the scripted host, and the connection on which its script answers. */
export class Exchange implements ReceivedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly connection: Connection
  readonly limitMs: number
  /** Set by the `head` step; what `body` and `finish` go by. */
  framing: Framing = 'until-close'
  readonly #acceptedBefore: number

  constructor(request: ReceivedRequest, connection: Connection, limitMs: number) {
    this.method = request.method
    this.path = request.path
    this.headers = request.headers
    this.body = request.body
    this.connection = connection
    this.limitMs = limitMs
    this.#acceptedBefore = connection.acceptedBytes
  }

  /** The body as JSON. */
  json(): unknown {
    return JSON.parse(this.body.toString()) as unknown
  }

  /** Bytes of this answer that the system took; a caller that stops reading makes it stand still. */
  get acceptedBytes(): number {
    return this.connection.acceptedBytes - this.#acceptedBefore
  }

  /**
   * When the caller closed its connection, in milliseconds of `performance.now()`. Fails where the host
   * closed first, and where the caller has not within the limit.
   */
  async clientClosed(limitMs = this.limitMs): Promise<number> {
    const { by, atMs } = await within(
      limitMs,
      `the caller of ${this.path} to hang up`,
      this.connection.closed,
    )
    if (by === 'host') throw new Error(`The host itself closed the connection of ${this.path}.`)
    return atMs
  }
}
