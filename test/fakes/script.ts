import { STATUS_CODES } from 'node:http'
import { setImmediate } from 'node:timers/promises'
import type { Exchange, Framing } from './exchange.ts'
import type { Gate } from './gate.ts'
import { within } from './within.ts'

/** One thing the scripted host does. A test may write its own; these are the usual ones. */
export type Step = (exchange: Exchange) => void | Promise<void>

/** What answers a path: the same steps for each request, or steps chosen by looking at the request. */
export type Script = readonly Step[] | ((exchange: Exchange) => readonly Step[])

export interface HeadOptions {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly framing?: Framing
}

/** Status line and headers, the framing's own header included. Chunked unless told otherwise. */
export function head({ status = 200, headers = {}, framing = 'chunked' }: HeadOptions = {}): Step {
  const lines = Object.entries({ ...headers, ...framingHeader(framing) }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Scripted'}\r\n${lines.join('')}\r\n`
  return (exchange) => {
    exchange.framing = framing
    return exchange.connection.write(text)
  }
}

/** A piece of the body in the framing of the head. */
export function body(bytes: string | Uint8Array): Step {
  return (exchange) => exchange.connection.write(framed(bytes, exchange.framing))
}

/** Ends the answer as its framing wants it. The connection stays open unless closing is the end. */
export function finish(): Step {
  return async (exchange) => {
    if (exchange.framing === 'chunked') await exchange.connection.write('0\r\n\r\n')
    if (exchange.framing === 'until-close') exchange.connection.end()
  }
}

/** A whole JSON answer of known length. */
export function json(
  value: unknown,
  { status = 200, headers = {} }: Omit<HeadOptions, 'framing'> = {},
): Step {
  const bytes = Buffer.from(JSON.stringify(value))
  const start = head({
    status,
    headers: { 'content-type': 'application/json', ...headers },
    framing: { lengthBytes: bytes.length },
  })
  return async (exchange) => {
    await start(exchange)
    await exchange.connection.write(bytes)
  }
}

/** The steps of a whole event stream: head, each event as its own piece, clean finish. */
export function eventStream(...events: readonly string[]): readonly Step[] {
  return [eventStreamHead(), ...events.map((event) => body(event)), finish()]
}

export function eventStreamHead(framing: Framing = 'chunked'): Step {
  return head({ headers: { 'content-type': 'text/event-stream' }, framing })
}

/** Exact bytes past all framing: half a status line, a broken chunk size, nonsense. */
export function raw(bytes: string | Uint8Array): Step {
  return (exchange) => exchange.connection.write(bytes)
}

/**
 * A piece of the body, framed, then cut into slices of `sliceBytes` wherever that falls: inside a chunk
 * size, an event, a UTF-8 character. Each slice is handed over before the next is written; TCP may still
 * join slices when the caller reads slowly.
 */
export function sliced(bytes: string | Uint8Array, sliceBytes: number): Step {
  return async (exchange) => {
    const whole = framed(bytes, exchange.framing)
    for (let at = 0; at < whole.length; at += sliceBytes) {
      await exchange.connection.write(whole.subarray(at, at + sliceBytes))
      await setImmediate()
    }
  }
}

/** Pours `totalBytes` out as fast as the caller takes them; `exchange.acceptedBytes` tells how far it got. */
export function flood(totalBytes: number, blockBytes = 64 * 1024): Step {
  const block = Buffer.alloc(blockBytes, 'x')
  return async (exchange) => {
    for (let left = totalBytes; left > 0; left -= blockBytes) {
      await exchange.connection.write(framed(block.subarray(0, Math.min(left, blockBytes)), exchange.framing))
    }
  }
}

/** Goes on once the test opens the gate. */
export function waitFor(gate: Gate): Step {
  return (exchange) => exchange.connection.unlessGone(`the gate of ${exchange.path}`, gate.opened)
}

/** Says nothing more until the connection is closed. */
export function stall(): Step {
  return async (exchange) => {
    await within(exchange.limitMs, `the caller of ${exchange.path} to give up`, exchange.connection.closed)
  }
}

/** A clean end of the connection, whether or not the answer is complete. */
export function end(): Step {
  return (exchange) => {
    exchange.connection.end()
  }
}

/** A TCP reset. */
export function reset(): Step {
  return (exchange) => {
    exchange.connection.reset()
  }
}

function framingHeader(framing: Framing): Record<string, string> {
  if (framing === 'chunked') return { 'transfer-encoding': 'chunked' }
  if (framing === 'until-close') return { connection: 'close' }
  return { 'content-length': String(framing.lengthBytes) }
}

function framed(bytes: string | Uint8Array, framing: Framing): Buffer {
  const data = Buffer.from(bytes)
  if (framing !== 'chunked') return data
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')])
}
