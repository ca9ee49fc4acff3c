import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'

/** A value that prints as `***` wherever it lands by accident. */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The value itself. Only for the place that sends it. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '***'
  }

  toJSON(): string {
    return '***'
  }

  [inspect.custom](): string {
    return '***'
  }
}

/** Reads a key file: its first line, trimmed. */
export function readSecretFile(file: string): Secret {
  const line = readFileSync(file, 'utf8').trimStart().split('\n', 1)[0]!.trim()
  if (line === '') throw new Error('the file is empty')
  return new Secret(line)
}
