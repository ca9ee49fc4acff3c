/**
 * Ends a text at the first stop sequence. Holds back no more than an end of the text that could
 * still become one.
 */
export class StopFilter {
  readonly #stops: readonly string[]
  #held = ''
  #isStopped = false

  constructor(stops: readonly string[]) {
    this.#stops = stops
  }

  /** A stop sequence was met; nothing more comes out. */
  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Takes the next piece of text and returns what may be shown by now. */
  push(piece: string): string {
    if (this.#isStopped) return ''
    const text = this.#held + piece
    const end = this.#firstStop(text)
    if (end !== undefined) {
      this.#isStopped = true
      this.#held = ''
      return text.slice(0, end)
    }
    const shown = text.length - this.#heldLength(text)
    this.#held = text.slice(shown)
    return text.slice(0, shown)
  }

  /** What was held back, once no more text comes. */
  flush(): string {
    const held = this.#held
    this.#held = ''
    return held
  }

  #firstStop(text: string): number | undefined {
    const places = this.#stops.map((stop) => text.indexOf(stop)).filter((place) => place >= 0)
    return places.length === 0 ? undefined : Math.min(...places)
  }

  /** The longest end of `text` that a stop sequence begins with. */
  #heldLength(text: string): number {
    return Math.max(0, ...this.#stops.map((stop) => overlap(text, stop)))
  }
}

function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length
  }
  return 0
}
