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

/** Headers of a host that reach the caller: what describes the body and what the host says about limits. */
export function passedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' && isPassed(name)) passed[name] = value
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
