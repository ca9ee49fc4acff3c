import type { ServerResponse } from 'node:http'
import type { AppError } from '#base/errors'
import { correlationHeaderList, errorHeaders, openAiError, type Call } from '#platform/http/index'
import type { CallerAnswer } from './caller-answer.ts'

const KEEP_ALIVE = ': keep-alive\n\n'
const DONE = 'data: [DONE]\n\n'

/** As a string, head and body leave in one write; Latin-1 keeps every byte as it is. */
const ONE_WRITE_BYTES = 16_384

// Without the last one, proxies such as nginx hold small chunks back.
const STREAM_HEADERS = [
  ...['content-type', 'text/event-stream; charset=utf-8'],
  ...['cache-control', 'no-cache, no-transform'],
  ...['x-accel-buffering', 'no'],
]

/**
 * The caller's side of a relayed request. It can still become an error with a status while nothing was
 * sent; once an event stream has begun, an error becomes an event, so that a cut answer is never taken for
 * a whole one.
 */
export class ClientAnswer implements CallerAnswer {
  readonly #response: ServerResponse
  readonly #call: Call
  /** What the caller will see, for the log. */
  status = 0

  constructor(response: ServerResponse, call: Call) {
    this.#response = response
    this.#call = call
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
    this.begin(200, STREAM_HEADERS)
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

  /** @param headers name, value, name, value */
  begin(status: number, headers: readonly string[]): void {
    if (this.hasBegun || this.isOver) return
    this.status = status
    this.#response.writeHead(status, [...headers, ...correlationHeaderList(this.#call)])
  }

  /** A whole answer in one piece. */
  sendWhole(status: number, headers: readonly string[], body: Buffer): void {
    this.begin(status, [...headers, 'content-length', String(body.length)])
    this.end(body)
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
    else if (bytes.length <= ONE_WRITE_BYTES) this.#response.end(bytes.toString('latin1'), 'latin1')
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
  fail(error: AppError, before?: Buffer, body?: unknown): void {
    if (this.isOver) return
    const json = JSON.stringify(body ?? openAiError(error))
    if (this.hasBegun) {
      this.#response.end(`${before?.toString('latin1') ?? ''}data: ${json}\n\n${DONE}`)
      return
    }
    this.begin(error.status, [
      ...['content-type', 'application/json; charset=utf-8'],
      ...['content-length', String(Buffer.byteLength(json))],
      ...Object.entries(errorHeaders(error)).flat(),
    ])
    this.#response.end(json)
  }

  /** Closes the connection where what was written has not left yet. */
  destroyUnlessRead(): void {
    if (!this.#response.writableFinished) this.#response.destroy()
  }

  /** Breaks the connection: the only honest end of a JSON answer whose length was promised. */
  destroy(): void {
    this.#response.destroy()
  }
}
