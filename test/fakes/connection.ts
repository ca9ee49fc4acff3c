import type { Socket } from 'node:net'
import { within } from './within.ts'

/** The caller went away while a step was running; its script ends here, which is no failure. */
export class CallerGone extends Error {}

export interface Closing {
  readonly by: 'caller' | 'host'
  /** Milliseconds of `performance.now()`. */
  readonly atMs: number
}

/** One connection to the scripted host: bytes out with back-pressure, and who closed it when. */
export class Connection {
  readonly closed: Promise<Closing>
  readonly #socket: Socket
  readonly #limitMs: number
  readonly #close: (closing: Closing) => void

  constructor(socket: Socket, limitMs: number) {
    const { promise, resolve } = Promise.withResolvers<Closing>()
    this.closed = promise
    this.#close = resolve
    this.#socket = socket
    this.#limitMs = limitMs
    // A caller's clean end shows as 'end', its reset as 'error'; our own cut shows as neither.
    socket.once('end', () => {
      this.#closedBy('caller')
    })
    socket.on('error', () => {
      this.#closedBy('caller')
    })
    socket.once('close', () => {
      this.#closedBy('host')
    })
  }

  /** Bytes the system took so far; what the caller does not read soon stops being taken. */
  get acceptedBytes(): number {
    return this.#socket.bytesWritten - this.#socket.writableLength
  }

  /** Resolves once the system has taken all of `bytes`. */
  async write(bytes: string | Uint8Array): Promise<void> {
    if (!this.#socket.writable) throw new CallerGone()
    const taken: PromiseWithResolvers<void> = Promise.withResolvers()
    this.#socket.write(bytes, (error) => {
      if (error) taken.reject(new CallerGone())
      else taken.resolve()
    })
    await this.unlessGone('the caller to read', taken.promise)
  }

  /** `promise`, unless the connection goes away before it or the limit is over. */
  async unlessGone(what: string, promise: Promise<void>): Promise<void> {
    const gone = this.closed.then(() => {
      throw new CallerGone()
    })
    await within(this.#limitMs, what, Promise.race([promise, gone]))
  }

  end(): void {
    this.#closedBy('host')
    this.#socket.end()
  }

  /** Cuts the connection with a TCP reset, as a host that crashed would. */
  reset(): void {
    this.#closedBy('host')
    // libuv refuses to reset a socket that is already ending, and Node 24 then leaks it in a busy loop.
    if (this.#socket.writableEnded || this.#socket.readableEnded) this.#socket.destroy()
    else this.#socket.resetAndDestroy()
  }

  #closedBy(by: Closing['by']): void {
    this.#close({ by, atMs: performance.now() })
  }
}
