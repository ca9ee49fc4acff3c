import { tryParseJson, isRecord } from '#base/json'
import { answerTooLarge, answerUnreadable } from '#dialects/index'

/** An event larger than this is no chunk of a chat completion. */
const EVENT_LIMIT_CHARS = 8 * 1024 * 1024

/** Takes an event stream apart into the JSON objects of its events. Pure. */
export class EventSplitter {
  readonly #decoder = new TextDecoder()
  /** A carriage return at the end of a chunk: a line feed may belong to it. */
  #held = ''
  /** Pieces of the line that has not ended, kept apart because joining them each time would cost their square. */
  #line: string[] = []
  #data: string[] = []
  /** Of the event that has not ended. */
  #chars = 0

  /**
   * @returns what the events that ended here hold; the sentinel and comments hold nothing
   * @throws AppError `answer_too_large` or, where an event is no JSON object, `answer_unreadable`
   */
  push(bytes: Buffer): Record<string, unknown>[] {
    let text = this.#held + this.#decoder.decode(bytes, { stream: true })
    this.#held = text.endsWith('\r') ? '\r' : ''
    if (this.#held !== '') text = text.slice(0, -1)
    const lines = text.split(/\r\n|\n|\r/)
    const rest = lines.pop()!
    const events = lines.flatMap((line) => this.#endLine(line))
    this.#line.push(rest)
    this.#count(rest)
    return events
  }

  /** The stream ended: what its last event holds, where its blank line is missing. Throws as `push` does. */
  end(): Record<string, unknown>[] {
    return this.push(Buffer.from('\n\n'))
  }

  #endLine(end: string): Record<string, unknown>[] {
    this.#count(end)
    this.#line.push(end)
    const line = this.#line.join('')
    this.#line = []
    if (line.startsWith('data:')) this.#data.push(line.slice(line.startsWith('data: ') ? 6 : 5))
    if (line !== '') return []
    const data = this.#data
    this.#data = []
    this.#chars = 0
    return data.length === 0 ? [] : eventsIn(data)
  }

  #count(text: string): void {
    this.#chars += text.length
    if (this.#chars > EVENT_LIMIT_CHARS) throw answerTooLarge()
  }
}

/** Usually one; a host that ends its lines singly puts several, and the sentinel, into one event. */
function eventsIn(lines: readonly string[]): Record<string, unknown>[] {
  const whole = lines.length === 1 ? undefined : tryParseJson(lines.join('\n'))
  if (isRecord(whole)) return [whole]
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '[DONE]')
    .map((line) => {
      const event = tryParseJson(line)
      if (!isRecord(event)) throw answerUnreadable('an event is no JSON object')
      return event
    })
}
