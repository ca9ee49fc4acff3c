import { createServer, type Server, type ServerResponse } from 'node:http'
import type { Ids } from '#base/ids'
import type { Clock } from '#base/time'
import { routeUnknown } from '../errors.ts'
import { answerCompletion, type Answer } from './answer-completion.ts'
import { answerEmbeddings } from './answer-embeddings.ts'
import { parseChatRequest } from './chat-request.ts'
import { Chat } from './chat.ts'
import { chatShape, textShape, type CompletionShape } from './completion-shape.ts'
import { parseCompletionRequest, prepareCompletion } from './completions.ts'
import { Embeddings } from './embeddings.ts'
import { exchange, sendJson, type Exchange } from './exchange.ts'
import type { Generation } from './generation.ts'
import type { LoadedModel } from './loaded-model.ts'
import { engineError } from './openai-error.ts'
import { openAiError } from '#platform/http/error-bodies'
import { readJsonBody } from './read-body.ts'
import type { Slot } from './slot.ts'

export interface OpenaiServerParts {
  readonly loaded: LoadedModel
  readonly slot: Slot
  readonly clock: Clock
  readonly ids: Ids
  /** Called after each answer that was generated to its end, before the next begins. */
  onServed(): void
}

type Route = (exchange: Exchange) => Promise<void> | void

/** OpenAI's API over one loaded model, on a Unix socket. */
export class OpenaiServer {
  readonly #parts: OpenaiServerParts
  readonly #chat: Chat
  readonly #embeddings: Embeddings
  readonly #server: Server

  constructor(parts: OpenaiServerParts) {
    this.#parts = parts
    this.#chat = new Chat(parts.loaded)
    this.#embeddings = new Embeddings(parts.loaded)
    // Only the parent connects, and it keeps connections for as long as it likes.
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
      void this.#serve(exchange(request, response))
    })
  }

  /** Resolves once the socket accepts connections. */
  async start(socketPath: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(socketPath, resolve)
    })
  }

  async #serve(served: Exchange): Promise<void> {
    try {
      await this.#route(served)(served)
    } catch (error) {
      if (!served.signal.aborted) sendError(served.response, error)
    }
  }

  #route({ request }: Exchange): Route {
    const { method = '', url = '' } = request
    const path = url.split('?', 1)[0] ?? ''
    switch (`${method} ${path}`) {
      case 'POST /v1/chat/completions':
        return (served) => this.#answerChat(served)
      case 'POST /v1/completions':
        return (served) => this.#answerCompletion(served)
      case 'POST /v1/embeddings':
        return (served) => this.#answerEmbeddings(served)
      case 'GET /v1/models':
        return (served) => this.#answerModels(served)
      case 'GET /health':
        return (served) => this.#answerHealth(served)
      default:
        throw routeUnknown(method, path)
    }
  }

  async #answerChat(served: Exchange): Promise<void> {
    const request = parseChatRequest(await readJsonBody(served.request))
    await this.#answer(chatShape, request, await this.#chat.prepare(request), served)
  }

  async #answerCompletion(served: Exchange): Promise<void> {
    const request = parseCompletionRequest(await readJsonBody(served.request))
    await this.#answer(textShape, request, prepareCompletion(this.#parts.loaded, request), served)
  }

  async #answer(
    shape: CompletionShape,
    request: Answer['request'],
    generation: Generation,
    served: Exchange,
  ): Promise<void> {
    const { loaded, clock, ids } = this.#parts
    const facts = {
      id: ids.id(shape.idPrefix).replace('_', '-'),
      created: Math.floor(clock.now() / 1000),
      model: loaded.id,
      fingerprint: loaded.fingerprint,
    }
    await answerCompletion(
      {
        shape,
        facts,
        request,
        run: (onPiece) => this.#inTurn(served.signal, () => generation.run(served.signal, onPiece)),
      },
      served,
    )
  }

  async #answerEmbeddings(served: Exchange): Promise<void> {
    await answerEmbeddings(await readJsonBody(served.request), served.response, {
      modelId: this.#parts.loaded.id,
      check: (request) => this.#embeddings.check(request),
      embed: (request) => this.#inTurn(served.signal, () => this.#embeddings.embed(request, served.signal)),
    })
  }

  /** Runs the work when its turn comes, and tells of its success before the turn passes on. */
  #inTurn<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    return this.#parts.slot.run(signal, async () => {
      const result = await work()
      this.#parts.onServed()
      return result
    })
  }

  #answerModels({ response }: Exchange): void {
    const { loaded } = this.#parts
    const model = {
      id: loaded.id,
      object: 'model',
      created: 0,
      owned_by: 'hearth',
      context_length: loaded.contextLength,
    }
    sendJson(response, 200, { object: 'list', data: [model] })
  }

  #answerHealth({ response }: Exchange): void {
    const { slot } = this.#parts
    sendJson(response, 200, { status: 'ok', busy: slot.isTaken, waiting: slot.waiting })
  }
}

function sendError(response: ServerResponse, thrown: unknown): void {
  if (response.headersSent) return
  const error = engineError(thrown)
  sendJson(response, error.status, openAiError(error))
}
