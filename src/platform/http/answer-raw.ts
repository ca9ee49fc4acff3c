import type { Duplex } from 'node:stream'
import { STATUS_CODES } from 'node:http'
import { AppError, systemCode } from '#base/errors'

/**
 * Answers on a connection whose bytes were no request, so that there is no response object to answer with, and
 * closes it. A connection that cannot be written to any more is just closed.
 */
export function answerRaw(socket: Duplex, cause: Error): void {
  const code = systemCode(cause)
  if (!socket.writable || code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const error = code === 'HPE_HEADER_OVERFLOW' ? headersTooLarge() : malformed(code)
  const body = JSON.stringify({ error: { code: error.code, message: error.message, type: error.kind } })
  const head = [
    `HTTP/1.1 ${String(error.status)} ${STATUS_CODES[error.status]!}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function headersTooLarge(): AppError {
  return new AppError(
    'too_large',
    'headers_too_large',
    'The headers of this request are larger than 16 KiB. Send fewer or shorter ones.',
  )
}

/** @param code what the parser calls it: a word of its own list, nothing of what was sent */
function malformed(code: string | undefined): AppError {
  return new AppError(
    'invalid_input',
    'request_malformed',
    `This is no HTTP request that Hearth can read (${code ?? 'unknown fault'}). Send HTTP/1.1, and https only to a proxy in front of Hearth.`,
  )
}
