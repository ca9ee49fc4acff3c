import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { type z } from 'zod'
import type { Actor, Scope } from '#base/actor'
import { AppError, isAppError, toAppError } from '#base/errors'
import type { RouteContract } from '#base/route-contract'
import type { Log } from '#platform/log/index'
import { correlationHeaders, type Call } from './call.ts'
import { errorBody, errorHeaders, shapeForPath } from './error-bodies.ts'
import { parseJsonBody, readBody } from './read-body.ts'
import type { RequestRecord } from './request-record.ts'

type Output<T> = T extends z.ZodType ? z.output<T> : undefined

/** What a handler gets: everything parsed, the actor known. */
export interface RouteInput<R extends RouteContract> {
  readonly params: Output<R['params']>
  readonly query: Output<R['query']>
  readonly body: Output<R['body']>
  /** Undefined on open routes only. */
  readonly actor: R['scope'] extends 'open' ? Actor | undefined : Actor
  readonly call: Call
  /** Aborted when the caller leaves. */
  readonly signal: AbortSignal
  readonly headers: IncomingMessage['headers']
}

export interface RouteAnswer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  /** An object is sent as JSON, text as it is, an async iterable as a stream. */
  readonly body?: unknown
}

export type RouteHandler<R extends RouteContract> = (
  input: RouteInput<R>,
) => RouteAnswer | Promise<RouteAnswer>

export interface RouterOptions {
  readonly log: Log
  readonly record: RequestRecord
  readonly bodyLimitBytes: number
  /** The one place that says who is calling. @throws AppError 401 or 403. */
  readonly identify: (request: IncomingMessage, call: Call, scope: Scope) => Actor
}

const OPEN_LIMIT_BYTES = 16 * 1024
const PROBLEMS_SHOWN = 20
const PROBLEM_LENGTH = 300

const CALLS = new WeakMap<IncomingMessage, Call>()

/** Routes declared by contracts, on Fastify: parses what comes in, finds the actor, maps errors. */
export class Router {
  readonly #fastify: FastifyInstance
  readonly #options: RouterOptions
  readonly #routes: RouteContract[] = []

  constructor(options: RouterOptions) {
    this.#options = options
    this.#fastify = Fastify({
      logger: false,
      exposeHeadRoutes: false,
      routerOptions: { ignoreTrailingSlash: true, maxParamLength: 512 },
      // A path that cannot be decoded is refused before any hook runs.
      frameworkErrors: (error, request, reply) => {
        const call = callOf(request.raw)
        reply.headers(correlationHeaders(call))
        this.#options.record.write(call, 400)
        this.#fail(error, request, reply)
      },
    })
    this.#fastify.removeAllContentTypeParsers()
    this.#fastify.addContentTypeParser('*', (_request, _payload, done) => done(null))
    this.#fastify.setErrorHandler((error, request, reply) => this.#fail(error, request, reply))
    this.#fastify.setNotFoundHandler((request, reply) => this.#fail(noSuchRoute(request), request, reply))
    this.#fastify.addHook('onRequest', (request, reply, done) => {
      const call = callOf(request.raw)
      call.route = request.routeOptions.url ?? 'none'
      reply.headers(correlationHeaders(call))
      done()
    })
    this.#fastify.addHook('onResponse', (request, reply, done) => {
      this.#options.record.write(callOf(request.raw), reply.statusCode)
      done()
    })
  }

  /** The contracts of all routes, in the order in which they were added. */
  get routes(): readonly RouteContract[] {
    return this.#routes
  }

  /** Promises a route that is answered elsewhere (the relay answers before Fastify), so that it is documented. */
  declare(route: RouteContract): void {
    this.#routes.push(route)
  }

  handle<const R extends RouteContract>(route: R, handler: RouteHandler<R>): void {
    this.#routes.push(route)
    this.#fastify.route({
      method: route.method,
      url: route.lastParamTakesRest ? route.path.replace(LAST_PARAM, '*') : route.path,
      handler: async (request, reply) => {
        const call = callOf(request.raw)
        const actor =
          route.scope === 'open' ? undefined : this.#options.identify(request.raw, call, route.scope)
        call.actor = actor
        const input = {
          params: parsePart(route.params, paramsOf(route, request.params), 'params'),
          query: parsePart(route.query, request.query, 'query'),
          body:
            route.body === undefined
              ? undefined
              : parsePart(route.body, await this.#jsonBody(request.raw, route.scope === 'open'), 'body'),
          actor,
          call,
          signal: closeSignal(reply.raw),
          headers: request.headers,
        }
        return send(reply, await handler(input as RouteInput<R>))
      },
    })
  }

  /** Must be called once, after the last route. */
  async ready(): Promise<void> {
    await this.#fastify.ready()
  }

  answer(request: IncomingMessage, response: ServerResponse, call: Call): void {
    CALLS.set(request, call)
    this.#fastify.routing(request, response)
  }

  async close(): Promise<void> {
    await this.#fastify.close()
  }

  /** Who has shown no key gets little room: reading a body costs memory and time. */
  async #jsonBody(request: IncomingMessage, isOpen: boolean): Promise<unknown> {
    const { bodyLimitBytes } = this.#options
    return parseJsonBody(
      await readBody(request, isOpen ? Math.min(OPEN_LIMIT_BYTES, bodyLimitBytes) : bodyLimitBytes),
    )
  }

  #fail(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const call = callOf(request.raw)
    const error = isAppError(thrown) ? thrown : fromFastify(thrown)
    if (error.kind === 'internal')
      this.#options.log.error({ err: error, correlation_id: call.correlationId }, 'request failed')
    // A body nobody read would be taken for the next request.
    if (!request.raw.complete) reply.header('connection', 'close')
    return reply
      .code(error.status)
      .headers(errorHeaders(error))
      .header('content-type', 'application/json; charset=utf-8')
      .send(JSON.stringify(errorBody(shapeForPath(call.path), error, call.correlationId)))
  }
}

const LAST_PARAM = /:(\w+)$/

/** Gives the rest of a path the name that its contract has for it. */
function paramsOf(route: RouteContract, params: unknown): unknown {
  const name = route.lastParamTakesRest ? LAST_PARAM.exec(route.path)?.[1] : undefined
  return name === undefined ? params : { [name]: (params as Record<string, unknown>)['*'] }
}

function callOf(request: IncomingMessage): Call {
  return CALLS.get(request)!
}

/** @throws AppError `request_invalid` naming each field that is wrong. */
function parsePart(
  schema: z.ZodType | undefined,
  value: unknown,
  part: 'params' | 'query' | 'body',
): unknown {
  if (schema === undefined) return undefined
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.slice(0, PROBLEMS_SHOWN).map((issue) => ({
    path: issue.path
      .map((name) => (typeof name === 'number' ? `[${String(name)}]` : `.${String(name)}`))
      .join('')
      .replace(/^\./, ''),
    problem: issue.message.slice(0, PROBLEM_LENGTH),
  }))
  const first = problems[0]!
  const where = first.path === '' ? `the ${part}` : first.path
  throw new AppError('invalid_input', 'request_invalid', `${where}: ${first.problem}`, {
    ...(first.path === '' ? {} : { param: first.path }),
    details: { problems },
  })
}

function send(reply: FastifyReply, answer: RouteAnswer): FastifyReply {
  reply.code(answer.status ?? 200)
  if (answer.headers !== undefined) reply.headers(answer.headers)
  return reply.send(isAsyncIterable(answer.body) ? Readable.from(answer.body) : answer.body)
}

function isAsyncIterable(body: unknown): body is AsyncIterable<string> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}

/** Aborted when the connection closes before the answer was complete. */
function closeSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished)
      controller.abort(new AppError('cancelled', 'caller_left', 'The caller closed the connection.'))
  })
  return controller.signal
}

function noSuchRoute(request: FastifyRequest): AppError {
  return new AppError(
    'not_found',
    'route_not_found',
    `There is no ${request.method} on this path. /docs lists what there is.`,
  )
}

/** Errors Fastify itself raises (a malformed URL, a parameter that is too long) are the caller's. */
function fromFastify(thrown: unknown): AppError {
  const status =
    typeof thrown === 'object' && thrown !== null && 'statusCode' in thrown ? Number(thrown.statusCode) : 500
  if (status < 400 || status >= 500) return toAppError(thrown)
  if (status === 404)
    return new AppError(
      'not_found',
      'route_not_found',
      'There is nothing on this path. /docs lists what there is.',
    )
  return new AppError(
    'invalid_input',
    'request_invalid',
    'The request cannot be understood. /docs shows its form.',
    { cause: thrown },
  )
}
