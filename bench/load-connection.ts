import { connect, type Socket } from 'node:net'
import { AnswerReader } from './answer-reader.ts'

const SILENCE_LIMIT_MS = 30_000

/** When things happened, in milliseconds since the request was handed over. */
export interface Timing {
  readonly firstByteMs: number
  readonly totalMs: number
}

export type OnData = (bytes: Buffer) => void

/** One kept-alive connection that carries one request at a time. */
export class LoadConnection {
  isUsable = true
  readonly #socket: Socket
  #onBytes: OnData = () => undefined
  #onError: (error: Error) => void = () => undefined

  constructor(url: URL) {
    this.#socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    this.#socket.setTimeout(SILENCE_LIMIT_MS, () => {
      this.#socket.destroy(new Error(`No byte came for ${SILENCE_LIMIT_MS} ms.`))
    })
    this.#socket.on('data', (bytes) => {
      this.#onBytes(bytes)
    })
    this.#socket.on('error', (error) => {
      this.#onError(error)
    })
    this.#socket.on('close', () => {
      this.isUsable = false
      this.#onError(new Error('The connection was closed before the answer was complete.'))
    })
  }

  /** Fails unless the answer is a 200 of plausible size: an error is quick to relay and must not count. */
  send(request: string, leastBytes: number, onData?: OnData): Promise<Timing> {
    const { promise, resolve, reject } = Promise.withResolvers<Timing>()
    const answer = new AnswerReader()
    const startedAtMs = performance.now()
    let firstByteAtMs: number | undefined
    this.#onError = reject
    this.#onBytes = (bytes) => {
      answer.push(bytes)
      if (answer.bodyBytes > 0) firstByteAtMs ??= performance.now()
      onData?.(bytes)
      if (!answer.isComplete) return
      const totalMs = performance.now() - startedAtMs
      this.isUsable &&= answer.keepsAlive
      if (answer.status === 200 && answer.bodyBytes >= leastBytes) {
        resolve({ firstByteMs: firstByteAtMs! - startedAtMs, totalMs })
      } else {
        reject(
          new Error(`Expected a whole answer, got status ${answer.status}: ${bytes.toString().slice(-500)}`),
        )
      }
    }
    this.#socket.write(request)
    return promise
  }

  close(): void {
    this.#socket.destroy()
  }
}
