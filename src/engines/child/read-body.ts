import type { IncomingMessage } from 'node:http'
import { formatBytes } from '#base/text'
import { bodyTooLarge, invalidRequest } from '../errors.ts'

const LARGEST_BODY = 64 * 1024 * 1024

/** The JSON body of a request; throws `request_too_large` or `invalid_request`. */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > LARGEST_BODY) throw bodyTooLarge(formatBytes(LARGEST_BODY))
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown
  } catch {
    throw invalidRequest('The request body is not JSON. Send a JSON object.')
  }
}
