/** Events of a dialect on their way to the caller: a name, and JSON that repeats it as its `type`. */
export class EventText {
  #text = ''

  add(type: string, fields: object): void {
    this.#text += `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
  }

  /** What was added since the last time. */
  take(): string {
    const text = this.#text
    this.#text = ''
    return text
  }
}
