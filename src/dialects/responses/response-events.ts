import { EventText } from '../event-text.ts'

/** Events of a response: each has a number, one above the last. */
export class ResponseEvents {
  readonly #events = new EventText()
  #next = 0

  add(type: string, fields: object): void {
    this.#events.add(type, { ...fields, sequence_number: this.#next++ })
  }

  take(): string {
    return this.#events.take()
  }
}
