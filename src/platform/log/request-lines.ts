const LINES_AT_ONCE = 128
const FLUSH_EVERY_MS = 200

/** Collects request lines and hands them on in batches: writing each by itself would cost more than making it. */
export class RequestLines {
  readonly #write: (text: string) => void
  #text = ''
  #count = 0
  #timer: NodeJS.Timeout | undefined
  #lastMs = 0
  #lastTime = ''

  constructor(write: (text: string) => void) {
    this.#write = write
  }

  /** @param make gets the time in ISO form; returns one line of JSON. */
  add(make: (time: string) => string): void {
    const now = Date.now()
    if (now !== this.#lastMs) {
      this.#lastMs = now
      this.#lastTime = new Date(now).toISOString()
    }
    this.#text += `${make(this.#lastTime)}\n`
    if (++this.#count >= LINES_AT_ONCE) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_EVERY_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const text = this.#text
    this.#text = ''
    this.#count = 0
    if (text !== '') this.#write(text)
  }
}
