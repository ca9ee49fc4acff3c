import type { ChatRequest } from './chat-request.ts'
import { LoadConnection, type OnData, type Timing } from './load-connection.ts'

/**
 * Sends chat requests over kept-alive connections. It speaks HTTP by itself, because it shares a core with
 * the mock host: with undici here the two could not keep the bare relay busy (0.72 of its core), and the
 * throughput measured would have been theirs.
 */
export class LoadClient {
  readonly #url: URL
  readonly #head: string
  readonly #idle: LoadConnection[] = []
  readonly #wire = new Map<ChatRequest, string>()

  constructor(url: string, key?: string) {
    this.#url = new URL(url)
    const authorization = key === undefined ? '' : `authorization: Bearer ${key}\r\n`
    this.#head = `POST /v1/chat/completions HTTP/1.1\r\nhost: ${this.#url.host}\r\ncontent-type: application/json\r\n${authorization}`
  }

  async send(request: ChatRequest, onData?: OnData): Promise<Timing> {
    const connection = this.#connection()
    const timing = await connection.send(this.#bytesOf(request), request.leastBytes, onData)
    this.#idle.push(connection)
    return timing
  }

  /** Sends what `next` gives, `concurrency` at a time, until it gives no more. Resolves to the number answered. */
  async sendMany(concurrency: number, next: () => ChatRequest | undefined): Promise<number> {
    let answered = 0
    const worker = async (): Promise<void> => {
      for (let request = next(); request !== undefined; request = next()) {
        await this.send(request)
        answered++
      }
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
    return answered
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close()
  }

  #connection(): LoadConnection {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.isUsable) return idle
      idle.close()
    }
    return new LoadConnection(this.#url)
  }

  #bytesOf(request: ChatRequest): string {
    const known = this.#wire.get(request)
    if (known !== undefined) return known
    const bytes = `${this.#head}content-length: ${Buffer.byteLength(request.body)}\r\n\r\n${request.body}`
    this.#wire.set(request, bytes)
    return bytes
  }
}
