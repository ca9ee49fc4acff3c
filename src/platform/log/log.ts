import pino from 'pino'
import { redact } from '#base/redact'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

type Write = (fields: object, message: string) => void

/**
 * A named logger. error: someone must act. warn: degraded but handled. info: a handful of lines an
 * operation. debug: off. Fields hold ids, counts and durations; never prompts, replies or secrets.
 */
export interface Log {
  readonly debug: Write
  readonly info: Write
  readonly warn: Write
  readonly error: Write
  child(fields: object): Log
}

export interface LogSink extends Log {
  /**
   * For the one line a request leaves: its fields are made by Hearth and hold nothing a caller wrote,
   * so it skips the redaction that every other line passes.
   */
  readonly request: Write
  /** Writes out what is buffered. */
  flush(): void
}

const BUFFER_BYTES = 8_192
const FLUSH_EVERY_MS = 500

/** Logs JSON lines to a file descriptor, buffered, so that no request waits for the terminal or disk. */
export function openLog(level: LogLevel, fd = 2): LogSink {
  const destination = pino.destination({
    fd,
    sync: false,
    minLength: BUFFER_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  })
  const options: pino.LoggerOptions = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: serializeError },
  }
  const plain = pino(options, destination)
  const safe = pino({ ...options, hooks: { streamWrite: redact } }, destination)
  return {
    ...wrap(safe),
    request: (fields, message) => plain.info(fields, message),
    flush: () => {
      try {
        destination.flushSync()
      } catch {
        // The reader of the log is gone; there is nobody left to tell.
      }
    },
  }
}

function wrap(logger: pino.Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  }
}

/** Name, code, message and stack, with the chain of causes; never other properties, which may hold a request. */
function serializeError(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return { message: String(thrown) }
  return {
    type: thrown.name,
    message: thrown.message,
    ...('code' in thrown ? { code: thrown.code } : {}),
    stack: thrown.stack,
    ...(thrown.cause === undefined ? {} : { cause: serializeError(thrown.cause) }),
  }
}

/** A log that keeps nothing, for tools and tests. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
}
