import type { ServerResponse } from 'node:http'

/**
 * The answer as server-sent events. The headers go out with the first event, so that a failure before
 * it is still an answer with a status of its own.
 */
export class EventStream {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  /** The first event is out. */
  get isOpen(): boolean {
    return this.#response.headersSent
  }

  /** One event. The socket buffers what the reader has not taken yet: an answer is a few MB at most. */
  send(value: object): void {
    if (!this.isOpen) {
      this.#response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    }
    this.#response.write(`data: ${JSON.stringify(value)}\n\n`)
  }

  /** The end of a complete answer. */
  done(): void {
    this.#response.end('data: [DONE]\n\n')
  }

  /** The end of an answer that failed on its way: an error event and no `[DONE]`. */
  fail(error: object): void {
    this.send(error)
    this.#response.end()
  }
}
