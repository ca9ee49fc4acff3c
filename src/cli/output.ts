import { isAppError } from '#base/errors'
import { redact } from '#base/redact'

/** Where a command writes: people's text or JSON on standard output, everything else on standard error. */
export interface Output {
  /** `--json` was given. */
  readonly isJson: boolean
  /** Prints a result: `json` with `--json`, else `text`. */
  result(json: unknown, text: string): void
  /** A line for people; nothing with `--json`. */
  say(text: string): void
  /** A line of progress that replaces the one before; nothing in a pipe. */
  progress(text: string): void
  /** Writes as it comes, for streams. */
  write(text: string): void
}

export function openOutput(isJson: boolean): Output {
  const showsProgress = process.stderr.isTTY && !isJson
  const clear = (): void => {
    if (showsProgress) process.stderr.write('\r\u001b[K')
  }
  return {
    isJson,
    result: (json, text) => {
      clear()
      console.log(isJson ? JSON.stringify(json) : text)
    },
    say: (text) => {
      clear()
      if (!isJson) console.log(text)
    },
    progress: (text) => {
      clear()
      if (showsProgress) process.stderr.write(text)
    },
    write: (text) => void process.stdout.write(text),
  }
}

/** One line that says what happened and what to do; with `--json` the same as an object. */
export function printError(error: unknown, isJson: boolean): void {
  const message = redact(error instanceof Error ? error.message : String(error))
  const code = isAppError(error) ? error.code : 'internal_error'
  if (isJson) console.error(JSON.stringify({ error: { code, message } }))
  else console.error(`hearth: ${message}`)
  if (!isAppError(error) && error instanceof Error && process.env.HEARTH_LOG_LEVEL === 'debug') console.error(error.stack)
}
