import type { IncomingMessage, ServerResponse } from 'node:http'

/** One request and its reply. */
export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Aborted when the client is gone before the reply is complete. */
  readonly signal: AbortSignal
}

export function exchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const gone = new AbortController()
  response.on('close', () => {
    if (!response.writableFinished) gone.abort(new Error('the client closed the connection'))
  })
  return { request, response, signal: gone.signal }
}

export function sendJson(response: ServerResponse, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': bytes.length })
  response.end(bytes)
}
