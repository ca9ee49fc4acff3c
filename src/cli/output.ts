import { isAppError } from '#base/errors'
import { redact } from '#base/redact'
import { printable } from './printable.ts'

/** Where a command writes: results on standard output, everything else on standard error. */
export interface Output {
  /** `--json` was given. */
  readonly isJson: boolean
  /** Prints a result: `json` with `--json`, else `text`. */
  result(json: unknown, text: string): void
  /** A line of `serve` for people, on standard output; nothing with `--json`. */
  say(text: string): void
  /** A remark beside the result, on standard error; nothing with `--json`. */
  note(text: string): void
  /** A remark beside progress, on standard error; nothing in a pipe. */
  aside(text: string): void
  /** A line of progress that replaces the one before; nothing in a pipe. */
  progress(text: string): void
  /** Writes a piece of a result as it comes: as it is into a pipe, printable on a terminal. */
  write(text: string): void
}

/** For terminals that do not say how wide they are, or say 0. */
const DEFAULT_COLUMNS = 80

export function openOutput(isJson: boolean): Output {
  const showsProgress = process.stderr.isTTY && !isJson
  const clear = (): void => {
    if (showsProgress) process.stderr.write('\r\u001b[K')
  }
  return {
    isJson,
    result: (json, text) => {
      clear()
      console.log(isJson ? JSON.stringify(json) : printable(text))
    },
    say: (text) => {
      clear()
      if (!isJson) console.log(text)
    },
    note: (text) => {
      clear()
      if (!isJson) console.error(printable(text))
    },
    aside: (text) => {
      clear()
      if (showsProgress) console.error(printable(text))
    },
    progress: (text) => {
      clear()
      if (showsProgress)
        process.stderr.write(printable(text).slice(0, (process.stderr.columns || DEFAULT_COLUMNS) - 1))
    },
    write: (text) => void process.stdout.write(process.stdout.isTTY ? printable(text) : text),
  }
}

/**
 * What happened and what to do, with the id under which a server logged it; with `--json` the same as an
 * object of one line.
 */
export function printError(error: unknown, isJson: boolean): void {
  const message = redact(error instanceof Error ? error.message : String(error))
  const code = isAppError(error) ? error.code : 'internal_error'
  const { correlation_id: correlationId, ...details } = isAppError(error) ? { ...error.details } : {}
  if (isJson) {
    const id = correlationId === undefined ? {} : { correlation_id: correlationId }
    console.error(redact(JSON.stringify({ error: { code, message, details, ...id } })))
  } else {
    const id = typeof correlationId === 'string' ? ` (correlation id ${correlationId})` : ''
    console.error(printable(`hearth: ${message}${id}`))
  }
  if (!isAppError(error) && error instanceof Error && process.env.HEARTH_LOG_LEVEL === 'debug')
    console.error(error.stack)
}
