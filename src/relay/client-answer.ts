import type { ServerResponse } from 'node:http'
import type { AppError } from '#base/errors'
import { correlationHeaders, errorHeaders, openAiError, type Call } from '#platform/http/index'

const KEEP_ALIVE = ': keep-alive\n\n'
const DONE = 'data: [DONE]\n\n'

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  // Proxies such as nginx otherwise hold small chunks back.
  'x-accel-buffering': 'no',
}

/**
 * The caller's side of a relayed request. It can still become an error with a status while nothing was
 * sent; once an event stream has begun, an error becomes an event, so that a cut answer is never taken for
 * a whole one.
 */
export class ClientAnswer {
  readonly #response: ServerResponse
  readonly #headers: Record<string, string>
  /** What the caller will see, for the log. */
  status = 0

  constructor(response: ServerResponse, call: Call) {
    this.#response = response
    this.#headers = correlationHeaders(call)
  }

  get hasBegun(): boolean {
    return this.status !== 0
  }

  get isOver(): boolean {
    return this.#response.writableEnded || this.#response.destroyed
  }

  /** Begins the event stream, if it has not begun. The head leaves with the first bytes or a moment later. */
  beginStream(): void {
    if (this.hasBegun || this.isOver) return
    this.status = 200
    this.#response.writeHead(200, { ...STREAM_HEADERS, ...this.#headers })
    setImmediate(() => {
      if (!this.isOver) this.#response.flushHeaders()
    })
  }

  /** Tells a waiting caller, and the proxies between, that the request lives. */
  keepAlive(): void {
    if (this.isOver) return
    this.beginStream()
    this.#response.write(KEEP_ALIVE)
  }

  begin(status: number, headers: Record<string, string>): void {
    if (this.hasBegun || this.isOver) return
    this.status = status
    this.#response.writeHead(status, { ...headers, ...this.#headers })
  }

  /** @returns false when the caller reads slower than it is sent to; `onDrain` says when to go on. */
  write(bytes: Buffer): boolean {
    return this.isOver || this.#response.write(bytes)
  }

  onDrain(resume: () => void): void {
    this.#response.once('drain', resume)
  }

  end(bytes?: Buffer): void {
    if (this.isOver) return
    if (bytes === undefined || bytes.length === 0) this.#response.end()
    else this.#response.end(bytes)
  }

  /** Ends a stream whose host sent no sentinel. */
  endWithDone(before: Buffer): void {
    if (!this.isOver) this.#response.end(Buffer.concat([before, Buffer.from(DONE)]))
  }

  /**
   * Ends with an error: as a status and JSON where nothing was sent, as an event before `[DONE]` in a stream.
   * @param before bytes that separate the event from what was sent, if any
   * @param body the error's body where it is not ours (a host's own error)
   */
  fail(error: AppError, before?: Buffer, body: unknown = openAiError(error)): void {
    if (this.isOver) return
    const json = JSON.stringify(body)
    if (this.hasBegun) {
      this.#response.end(`${before?.toString('latin1') ?? ''}data: ${json}\n\n${DONE}`)
      return
    }
    this.begin(error.status, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(json)),
      ...errorHeaders(error),
    })
    this.#response.end(json)
  }

  /** Breaks the connection: the only honest end of a JSON answer whose length was promised. */
  destroy(): void {
    this.#response.destroy()
  }
}
