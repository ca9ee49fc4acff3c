import type { Call } from './call.ts'

/** What a handler knows of a request beyond the call: numbers, flags, and names the owner gave. */
export type RequestFacts = Readonly<Record<string, string | number | boolean | undefined>>

/**
 * The log line of a request, without its end: `{"level":…,"route":…`. Written by hand, because it is made for
 * every request and a general serialiser takes four times as long. Values that could need escaping (names,
 * routes) go through JSON.stringify; ids and methods have checked alphabets.
 */
export function requestLine(
  time: string,
  call: Call,
  status: number,
  ms: number,
  facts: RequestFacts | undefined,
): string {
  let line = `{"level":"info","time":"${time}","msg":"request","correlation_id":"${call.correlationId}"`
  if (call.callerCorrelationId !== undefined) line += `,"caller_correlation_id":"${call.callerCorrelationId}"`
  line += `,"method":"${call.method}","route":${quoted(call.route)},"status":${status},"ms":${round(ms)}`
  if (call.actor !== undefined) line += `,"key_id":"${call.actor.keyId}"`
  for (const name in facts) {
    const value = facts[name]
    if (value === undefined) continue
    if (typeof value === 'number') line += `,"${name}":${round(value)}`
    else line += `,"${name}":${typeof value === 'string' ? quoted(value) : value}`
  }
  return `${line}}`
}

/** Routes, models and hosts are few and come back in every line. */
const QUOTED = new Map<string, string>()
const QUOTED_KEPT = 1_000

function quoted(text: string): string {
  let known = QUOTED.get(text)
  if (known === undefined) {
    if (QUOTED.size >= QUOTED_KEPT) QUOTED.clear()
    known = JSON.stringify(text)
    QUOTED.set(text, known)
  }
  return known
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
