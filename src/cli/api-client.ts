import type { z } from 'zod'
import { AppError, describe, systemCode } from '#base/errors'
import { tryParseJson } from '#base/json'
import type { AnswerContract, RouteContract } from '#base/route-contract'
import { readEvents } from './event-stream.ts'
import { errorOfAnswer } from './server-errors.ts'

/** What a route answers when it went well. */
export type AnswerOf<R extends RouteContract> = OutputOf<R['answers'][keyof R['answers'] & (200 | 201 | 202)]>
type OutputOf<A> = A extends AnswerContract & { readonly schema: infer S extends z.ZodType }
  ? z.output<S>
  : undefined
type InputOf<S> = S extends z.ZodType ? z.input<S> : undefined

export interface CallInput<R extends RouteContract> {
  readonly params?: InputOf<R['params']>
  readonly query?: InputOf<R['query']>
  readonly body?: InputOf<R['body']>
  readonly signal?: AbortSignal
  /** How long the whole answer may take; 15 s where it is not given. */
  readonly timeoutMs?: number
}

export interface Answer<Body> {
  readonly body: Body
  /** What the server's clock said, in milliseconds since 1970; undefined where it sent no date. */
  readonly serverTime: number | undefined
}

/** The events of a stream, and the id under which the server logged the request. */
export interface EventAnswer {
  readonly events: AsyncIterable<string>
  readonly correlationId: string | undefined
}

export interface ApiClientOptions {
  /** Address of a Hearth, without a trailing slash. */
  readonly url: string
  readonly key: string | undefined
  /** What to do about a key that is missing; the server cannot know. */
  readonly keyAdvice?: string
}

const TIMEOUT_MS = 15_000

/** The one place of the command line that calls the API of a Hearth. Every failure is an AppError. */
export class ApiClient {
  readonly url: string
  readonly #key: string | undefined
  readonly #keyAdvice: string | undefined

  constructor({ url, key, keyAdvice }: ApiClientOptions) {
    this.url = url
    this.#key = key
    this.#keyAdvice = keyAdvice
  }

  /**
   * Calls a route and returns its body as it came: a field that only a newer server knows stays in it.
   *
   * @throws AppError what the server said; `server_unreachable`, `server_timeout`, `server_answer_unknown`
   *   where it said nothing that can be used; the signal's reason.
   */
  async call<const R extends RouteContract>(route: R, input: CallInput<R> = {}): Promise<AnswerOf<R>> {
    return (await this.answer(route, input)).body
  }

  /** As `call`, with what the head of the answer says. */
  async answer<const R extends RouteContract>(
    route: R,
    input: CallInput<R> = {},
  ): Promise<Answer<AnswerOf<R>>> {
    const timeoutMs = input.timeoutMs ?? TIMEOUT_MS
    const limit = AbortSignal.timeout(timeoutMs)
    const signal = input.signal === undefined ? limit : AbortSignal.any([limit, input.signal])
    try {
      const response = await this.#send(route, input, signal)
      const body = tryParseJson(await response.text())
      if (route.answers[response.status]?.schema?.safeParse(body).success !== true)
        throw this.#unknownAnswer(route)
      return { body: body as AnswerOf<R>, serverTime: timeOf(response) }
    } catch (error) {
      input.signal?.throwIfAborted()
      throw limit.aborted ? this.#timedOut(timeoutMs) : this.#unreachable(error)
    }
  }

  /**
   * Calls a route that answers with an event stream. There is no time limit: a model may take long to load,
   * and the server sends keep-alive comments and ends streams that stall.
   */
  async stream<const R extends RouteContract>(route: R, input: CallInput<R>): Promise<EventAnswer> {
    try {
      const response = await this.#send(route, input, input.signal)
      if (response.body === null) throw this.#unknownAnswer(route)
      return { events: this.#events(response.body, input.signal), correlationId: idOf(response) }
    } catch (error) {
      input.signal?.throwIfAborted()
      throw this.#unreachable(error)
    }
  }

  async *#events(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<string> {
    try {
      yield* readEvents(body)
    } catch (error) {
      signal?.throwIfAborted()
      throw new AppError(
        'upstream',
        'answer_cut',
        `The connection to ${this.url} broke in the middle of the answer (${reasonOf(error)}).`,
        { cause: error },
      )
    }
  }

  async #send(
    route: RouteContract,
    { params, query, body }: CallInput<RouteContract>,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const response = await fetch(this.url + pathOf(route, params ?? {}) + queryOf(query ?? {}), {
      method: route.method,
      headers: {
        accept: 'application/json, text/event-stream',
        ...(this.#key === undefined ? {} : { authorization: `Bearer ${this.#key}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      redirect: 'error',
      signal: signal ?? null,
    })
    if (response.ok) return response
    const error = errorOfAnswer({
      status: response.status,
      text: await response.text(),
      correlationId: idOf(response),
    })
    if (error.code !== 'key_missing' || this.#keyAdvice === undefined) throw error
    throw new AppError(error.kind, error.code, this.#keyAdvice, { details: error.details ?? {} })
  }

  #unreachable(error: unknown): unknown {
    if (!(error instanceof TypeError)) return error
    return new AppError(
      'unavailable',
      'server_unreachable',
      `No Hearth answers at ${this.url} (${reasonOf(error)}). Start one with \`hearth serve\`, or correct HEARTH_URL if it is set.`,
      { cause: error },
    )
  }

  #timedOut(timeoutMs: number): AppError {
    return new AppError(
      'timeout',
      'server_timeout',
      `The Hearth at ${this.url} did not answer within ${String(timeoutMs / 1000)} s. \`hearth doctor\` shows what it can find out.`,
    )
  }

  #unknownAnswer(route: RouteContract): AppError {
    return new AppError(
      'upstream',
      'server_answer_unknown',
      `${this.url}${route.path} answered in a form this command does not know. It may be another version of Hearth, or no Hearth at all.`,
    )
  }
}

function pathOf(route: RouteContract, params: Readonly<Record<string, unknown>>): string {
  return route.path.replace(/:(\w+)/g, (_match, name: string) => {
    const value = String(params[name])
    // A last parameter that takes the rest may hold slashes, which stay what they are.
    return route.lastParamTakesRest === true
      ? value.split('/').map(encodeURIComponent).join('/')
      : encodeURIComponent(value)
  })
}

function queryOf(query: Readonly<Record<string, unknown>>): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) search.set(name, `${value as string | number | boolean}`)
  return search.size === 0 ? '' : `?${search.toString()}`
}

function idOf(response: Response): string | undefined {
  return response.headers.get('x-request-id') ?? undefined
}

function timeOf(response: Response): number | undefined {
  const time = Date.parse(response.headers.get('date') ?? '')
  return Number.isNaN(time) ? undefined : time
}

/** `fetch` says "fetch failed" and keeps the reason as its cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  return systemCode(cause) === 'ECONNREFUSED' ? 'connection refused' : describe(cause)
}
