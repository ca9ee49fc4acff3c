import type { IncomingHttpHeaders } from 'node:http'

/** Reads one kind of answer of a host. Hears bytes in order; exactly one of `end` and `broken` comes last. */
export interface AnswerReader {
  /** @returns false when the host should pause until the caller has read more. */
  data(chunk: Buffer): boolean
  /** The host ended in order. */
  end(): void
  /** The host's connection broke, or it fell silent; `error` says how. */
  broken(error: Error): void
}

/**
 * Headers of a host that reach the caller (what describes the body, what the host says about limits), as
 * name, value, name, value.
 */
export function passedHeaders(headers: IncomingHttpHeaders): string[] {
  const passed: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (typeof value === 'string' && isPassed(name)) passed.push(name, value)
  }
  return passed
}

function isPassed(name: string): boolean {
  return (
    name === 'content-type' ||
    name === 'retry-after' ||
    name.startsWith('x-ratelimit-') ||
    name.startsWith('openai-')
  )
}

export function contentTypeOf(headers: IncomingHttpHeaders): string {
  return headers['content-type'] ?? ''
}

export function isEventStream(headers: IncomingHttpHeaders): boolean {
  return /^text\/event-stream\b/i.test(contentTypeOf(headers))
}
