import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface FileServerOptions {
  readonly body: Buffer
  readonly etag?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Whether it honours Range; true where it is not given. */
  readonly ranges?: boolean
  /** Answers with this status and no file. */
  readonly status?: number
  /** Sends no more than so many bytes of the body, until `cut` or for ever. */
  readonly stallAfterBytes?: number
  /** Whether it says how long the body is; true where it is not given. */
  readonly announcesLength?: boolean
}

/** A server of one file on 127.0.0.1, whose manners a test may change between requests. */
export class FileServer {
  readonly requests: IncomingHttpHeaders[] = []
  options: FileServerOptions
  readonly #server = createServer((request, response) => {
    this.#answer(request, response)
  })

  constructor(options: FileServerOptions) {
    this.options = options
  }

  async start(t: TestContext): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    t.after(() => {
      this.#server.closeAllConnections()
      this.#server.close()
    })
  }

  url(path = '/tiny.gguf'): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`
  }

  /** Breaks every connection. */
  cut(): void {
    this.#server.closeAllConnections()
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.requests.push(request.headers)
    const { body, etag, headers = {}, status, announcesLength = true } = this.options
    if (status !== undefined) {
      response.writeHead(status, headers).end('no file here')
      return
    }
    const from = this.#firstByte(request.headers)
    const whole = { ...headers, ...(etag === undefined ? {} : { etag }) }
    if (from >= body.length && from > 0) {
      response.writeHead(416, { ...whole, 'content-range': `bytes */${body.length}` }).end()
      return
    }
    const part = body.subarray(from)
    const length = announcesLength ? { 'content-length': part.length } : {}
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` }
    response.writeHead(from === 0 ? 200 : 206, { ...whole, ...length, ...range })
    this.#send(part, response)
  }

  #firstByte({ range, 'if-range': ifRange }: IncomingHttpHeaders): number {
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    const isCurrent = ifRange === undefined || ifRange === this.options.etag
    return this.options.ranges !== false && isCurrent ? from : 0
  }

  #send(part: Buffer, response: ServerResponse): void {
    const { stallAfterBytes } = this.options
    if (stallAfterBytes === undefined) response.end(part)
    else response.write(part.subarray(0, stallAfterBytes))
  }
}
