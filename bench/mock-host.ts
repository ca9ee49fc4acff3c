// A model host without a model: answers faster than any relay, on `node:http`.
// Usage: mock-host.ts MODEL...   It prints its URL as its first line.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { JSON_MODEL, readStreamModel, type StreamPlan } from './model-names.ts'
import { monotonicMicros } from './monotonic.ts'

const models = process.argv.slice(2)
const usage = { prompt_tokens: 160, completion_tokens: 200, total_tokens: 360 }

const modelList = JSON.stringify({
  object: 'list',
  data: models.map((id) => ({ id, object: 'model', created: 1, owned_by: 'bench' })),
})

const completion = Buffer.from(
  JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion',
    created: 1,
    model: JSON_MODEL,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'All is quiet. '.repeat(64) },
        finish_reason: 'stop',
      },
    ],
    usage,
  }),
)

function event(model: string, fields: object): string {
  return `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model, ...fields })}\n\n`
}

/** A chunk of about 190 bytes whose content is the moment at which it was sent. */
function stampedChunk(model: string): string {
  const content = monotonicMicros().toFixed(0).padStart(16, '0')
  return event(model, { choices: [{ index: 0, delta: { content }, finish_reason: null }] })
}

function lastEvents(model: string, withUsage: boolean): string {
  const finish = event(model, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })
  return `${finish}${withUsage ? event(model, { choices: [], usage }) : ''}data: [DONE]\n\n`
}

function stream(response: ServerResponse, model: string, plan: StreamPlan, last: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let left = plan.chunks
  const sendOne = (): void => {
    left--
    response.write(stampedChunk(model))
    if (left === 0) {
      clearInterval(pace)
      response.end(last)
    }
  }
  const pace = plan.intervalMs > 0 ? setInterval(sendOne, plan.intervalMs) : undefined
  response.once('close', () => {
    clearInterval(pace)
  })
  sendOne()
  while (pace === undefined && left > 0) sendOne()
}

interface ChatRequest {
  readonly model: string
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
}

function chat(wanted: ChatRequest, response: ServerResponse): void {
  if (wanted.stream === true) {
    const last = lastEvents(wanted.model, wanted.stream_options?.include_usage === true)
    stream(response, wanted.model, readStreamModel(wanted.model), last)
    return
  }
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': completion.length })
  response.end(completion)
}

/** By hand: the consumers of `node:stream` would nearly double what an answer costs. */
function readChat(request: IncomingMessage, response: ServerResponse): void {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (part: string) => {
    text += part
  })
  request.on('end', () => {
    chat(JSON.parse(text) as ChatRequest, response)
  })
}

const server = createServer((request, response) => {
  if (request.url === '/v1/chat/completions') {
    readChat(request, response)
  } else if (request.url === '/v1/models') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(modelList)
  } else {
    response.writeHead(404).end()
  }
})
server.keepAliveTimeout = 60_000
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
