import type { IncomingMessage } from 'node:http'
import type { Transform } from 'node:stream'
import zlib from 'node:zlib'
import { AppError } from '#base/errors'

const DECODERS: Record<string, () => Transform> = {
  gzip: () => zlib.createGunzip(),
  'x-gzip': () => zlib.createGunzip(),
  deflate: () => zlib.createInflate(),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => zlib.createZstdDecompress(),
}

/** Undoes a `Content-Encoding`, or undefined where nobody here can. */
export function decoderFor(encoding: string): Transform | undefined {
  return DECODERS[encoding.trim().toLowerCase()]?.()
}

/**
 * Reads a request's body, decompressed, with a limit that counts decompressed bytes (a small archive can
 * hold a huge body).
 *
 * @throws AppError `body_too_large` (413), `encoding_unsupported`, `body_unreadable` (400).
 */
export function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') return readDecoded(request, encoding, limitBytes)
  const declared = Number(request.headers['content-length'] ?? 0)
  if (declared > limitBytes) return Promise.reject(tooLarge(limitBytes))
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limitBytes) {
        request.pause()
        reject(tooLarge(limitBytes))
      } else chunks.push(chunk)
    })
    request.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
    // A caller that leaves early is an `error` and then a `close`.
    request.on('error', (cause) => reject(unreadable(cause)))
  })
}

function readDecoded(request: IncomingMessage, encoding: string, limitBytes: number): Promise<Buffer> {
  const decoder = decoderFor(encoding)
  if (decoder === undefined) {
    return Promise.reject(
      new AppError(
        'invalid_input',
        'encoding_unsupported',
        `Content-Encoding ${JSON.stringify(encoding.slice(0, 40))} is not understood. Send gzip, deflate, br, zstd or no compression.`,
      ),
    )
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const stop = (error: AppError): void => {
      request.unpipe(decoder)
      request.pause()
      decoder.destroy()
      reject(error)
    }
    decoder.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limitBytes) stop(tooLarge(limitBytes))
      else chunks.push(chunk)
    })
    decoder.on('end', () => resolve(Buffer.concat(chunks)))
    decoder.on('error', (cause) => stop(unreadable(cause)))
    request.on('error', (cause) => stop(unreadable(cause)))
    request.on('close', () => {
      if (!request.complete) stop(unreadable(undefined))
    })
    request.pipe(decoder)
  })
}

/** @throws AppError `json_invalid` (400) naming where the text stops being JSON. */
export function parseJsonBody(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch (cause) {
    if (body.length === 0)
      throw new AppError('invalid_input', 'json_invalid', 'The request has no body. Send a JSON object.')
    const where =
      cause instanceof Error ? /position \d+( \(line \d+ column \d+\))?/.exec(cause.message)?.[0] : undefined
    throw new AppError(
      'invalid_input',
      'json_invalid',
      `The body is not valid JSON${where === undefined ? '' : ` (at ${where})`}.`,
    )
  }
}

function tooLarge(limitBytes: number): AppError {
  return new AppError(
    'too_large',
    'body_too_large',
    `The body is larger than ${String(limitBytes)} bytes after decompression. The owner can raise body_limit_bytes.`,
  )
}

function unreadable(cause: unknown): AppError {
  return new AppError(
    'invalid_input',
    'body_unreadable',
    'The body could not be read to its end, or its compression is damaged.',
    { cause },
  )
}
