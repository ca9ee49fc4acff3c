import { fstatSync } from 'node:fs'
import pino from 'pino'
import { redact } from '#base/redact'
import { RequestLines } from './request-lines.ts'

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
   * The one line a request leaves, as JSON. Its fields are made by Hearth and hold nothing a caller wrote, so it
   * skips the redaction that every other line passes.
   */
  readonly request: (make: (time: string) => string) => void
  /** Writes out what is buffered. */
  flush(): void
}

const BUFFER_BYTES = 8_192
const WRITE_BYTES = 65_536
const FLUSH_EVERY_MS = 500

/** Logs JSON lines to a file descriptor, buffered, so that no request waits for the terminal or disk. */
export function openLog(level: LogLevel, fd = 2): LogSink {
  const destination = pino.destination({
    fd,
    // A file takes 64 KiB faster than a thread can be asked to write them; a pipe or terminal may block.
    sync: fstatSync(fd).isFile(),
    minLength: BUFFER_BYTES,
    maxWrite: WRITE_BYTES,
    periodicFlush: FLUSH_EVERY_MS,
  })
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: serializeError },
      hooks: { streamWrite: redact },
    },
    destination,
  )
  const lines = new RequestLines((text) => void destination.write(text))
  return {
    ...wrap(logger),
    request: logger.isLevelEnabled('info') ? (make) => lines.add(make) : () => undefined,
    flush: () => {
      lines.flush()
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
