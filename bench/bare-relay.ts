// The least a relay on Node.js can do: take a request whole, pass it on, hand every byte back as it comes.
// No keys, no routing, no metrics, no log: the honest limit that Hearth is measured against.
// Usage: bare-relay.ts UPSTREAM_URL   It prints its URL as its first line.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Pool, type Dispatcher } from 'undici'

const upstream = new Pool(process.argv[2]!, { connections: 256 })

function relay(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart(controller) {
      response.once('close', () => {
        if (!response.writableFinished) controller.abort(new Error('The caller hung up.'))
      })
    },
    onResponseStart(_controller, status, headers) {
      response.writeHead(status, headers)
    },
    onResponseData(controller, chunk) {
      if (response.write(chunk)) return
      controller.pause()
      response.once('drain', () => {
        controller.resume()
      })
    },
    onResponseEnd: () => response.end(),
    onResponseError: (_controller, error) => response.destroy(error),
  }
  const headers = { 'content-type': request.headers['content-type'] }
  upstream.dispatch(
    { path: request.url!, method: request.method!, headers, body: body.length > 0 ? body : null },
    handler,
  )
}

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    relay(request, response, parts.length === 1 ? parts[0]! : Buffer.concat(parts))
  })
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
