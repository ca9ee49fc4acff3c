import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { within } from '../fakes/within.ts'

/** A whole answer: nothing decoded, nothing changed. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
  /** The body as JSON. */
  json<T = unknown>(): T
}

export async function wholeAnswer(response: Dispatcher.ResponseData): Promise<Answer> {
  const body = Buffer.from(await response.body.bytes())
  const text = body.toString()
  return {
    status: response.statusCode,
    headers: response.headers,
    body,
    text,
    json: <T>() => JSON.parse(text) as T,
  }
}

/** An answer that is read piece by piece. Nothing is read ahead of the test, so it can be a slow caller. */
export class StreamedAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly #response: Dispatcher.ResponseData
  readonly #pieces: AsyncIterator<Buffer>
  readonly #limitMs: number

  constructor(response: Dispatcher.ResponseData, limitMs: number) {
    this.status = response.statusCode
    this.headers = response.headers
    this.#response = response
    this.#pieces = response.body[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    this.#limitMs = limitMs
  }

  /** The next bytes, or undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    const piece = await within(this.#limitMs, 'more of the answer', this.#pieces.next())
    return piece.done === true ? undefined : piece.value
  }

  /** Everything that is still to come. */
  async rest(): Promise<string> {
    const parts: Buffer[] = []
    for (let part = await this.next(); part !== undefined; part = await this.next()) parts.push(part)
    return Buffer.concat(parts).toString()
  }

  /** Reads until `text` came; returns what was read. */
  async upTo(text: string): Promise<string> {
    let read = ''
    while (!read.includes(text)) {
      const part = await this.next()
      if (part === undefined)
        throw new Error(`The answer ended before ${JSON.stringify(text)} came: ${JSON.stringify(read)}`)
      read += part.toString()
    }
    return read
  }

  /** Closes the connection. */
  leave(): void {
    this.#response.body.on('error', () => undefined)
    this.#response.body.destroy()
  }
}
