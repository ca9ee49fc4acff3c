import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Actor } from '#base/actor'
import { isAppError, toAppError, type AppError } from '#base/errors'
import type { Timer } from '#base/time'
import type { Dialect } from '#dialects/index'
import type { Grant } from '#grants/index'
import { MAX_HOPS, reasonOf, type HostTarget, type ModelHost } from '#hosts/index'
import { parseJsonBody, readBody, type Call } from '#platform/http/index'
import { sessionOfRequest, wantsSession, type Session } from '#sessions/index'
import { Attempt } from './attempt.ts'
import type { AttemptOutcome } from './attempt-outcome.ts'
import type { CallerAnswer } from './caller-answer.ts'
import { ClientAnswer } from './client-answer.ts'
import { callerLeft, noHostAnswers, tooManyHops } from './errors.ts'
import { hostErrorEvent } from './host-error.ts'
import { noteAnswer, type CallFacts } from './call-facts.ts'
import { noteHealth } from './note-health.ts'
import { headerText, hopsOf } from './request-headers.ts'
import { findHosts } from './find-hosts.ts'
import { readRelayRequest, type Endpoint, type RelayRequest } from './read-request.ts'
import type { HouseRules } from './house-rules.ts'
import type { RelayParts } from './relay-parts.ts'
import { TranslatedAnswer } from './translated-answer.ts'
import { upstreamHeaders } from './upstream-headers.ts'

/** How often hosts are looked for again because all that were found were removed. */
const MAX_ROUNDS = 3

export interface RelayedCallInput {
  /** The host's route that answers. */
  readonly endpoint: Endpoint
  /** What the caller speaks, where it is not the API of the host. */
  readonly dialect: Dialect | undefined
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly call: Call
}

/** One relayed request from its first header to its log line: who asks, which host, as many tries as it takes. */
export class RelayedCall {
  rosterPlace = -1
  readonly #parts: RelayParts
  readonly #input: RelayedCallInput
  readonly #client: CallerAnswer
  /** Made when something has to wait, which is seldom. */
  #controller: AbortController | undefined
  #abortReason: AppError | undefined
  readonly #facts: CallFacts = { outcome: 'ok' }
  #attempt: Attempt | undefined
  #target: HostTarget | undefined
  #keepAlive: Timer | undefined
  #askedAt = 0
  #session: Session | undefined

  constructor(parts: RelayParts, input: RelayedCallInput) {
    this.#parts = parts
    this.#input = input
    const { response, call, dialect } = input
    this.#client =
      dialect === undefined
        ? new ClientAnswer(response, call)
        : new TranslatedAnswer({
            response,
            call,
            dialect,
            onUnreadable: (error) => this.#attempt?.abort(error),
          })
  }

  /** Never rejects: what goes wrong becomes the answer. */
  async run(): Promise<void> {
    const { response } = this.#input
    response.once('close', () => {
      if (!response.writableFinished) this.abort(callerLeft())
    })
    try {
      await this.#relay()
    } catch (thrown) {
      this.#fail(toAppError(thrown))
    } finally {
      this.#keepAlive?.cancel()
      this.#record()
      this.#parts.active.delete(this)
    }
  }

  /** Ends the call wherever it is: waiting for a slot, for a host, or in its stream. */
  abort(reason: AppError): void {
    this.#abortReason ??= reason
    this.#controller?.abort(reason)
    this.#attempt?.abort(reason)
  }

  #signal(): AbortSignal {
    this.#controller ??= new AbortController()
    if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason)
    return this.#controller.signal
  }

  // Every `async` function on the way costs a request about a microsecond, so there are few.
  async #relay(): Promise<void> {
    const { endpoint, request, call } = this.#input
    const { identify, bodyLimitBytes, rules } = this.#parts
    call.actor = identify(request, call, 'relay')
    const hops = hopsOf(request)
    if (hops > MAX_HOPS) throw tooManyHops(hops)
    const body = this.#forHost(await readBody(request, bodyLimitBytes))
    const relayRequest = readRelayRequest(endpoint, body, rules())
    if (relayRequest.isStream) this.#facts.stream = true
    for (let round = 1; ; round++) {
      const having = findHosts(this.#parts.hosts, relayRequest)
      const hosts = having instanceof Promise ? await having : having
      this.#facts.model = relayRequest.model
      if (round === 1 && wantsSession(request.headers)) await this.#joinSession(call.actor)
      if (round === 1 && relayRequest.isStream) this.#startKeepAlive()
      try {
        await this.#tryHosts(relayRequest, hosts, hops)
        return
      } catch (error) {
        // Nobody has begun to answer, and others may have the model now.
        const isRemoved = isAppError(error) && error.code === 'host_removed'
        if (!isRemoved || round === MAX_ROUNDS || this.#abortReason !== undefined) throw error
      }
    }
  }

  /** The body as the host's API has it: the caller's own bytes, unless it speaks a dialect. */
  #forHost(body: Buffer): Buffer {
    const { dialect, call } = this.#input
    if (dialect === undefined || !(this.#client instanceof TranslatedAnswer)) return body
    const translation = dialect.read(parseJsonBody(body), call.actor!)
    this.#client.answers(translation)
    return Buffer.from(JSON.stringify(translation.chat))
  }

  /** A session is a preference: where its store is away, the request goes on without one. */
  async #joinSession({ keyId }: Actor): Promise<void> {
    const { request, response } = this.#input
    try {
      const { session, isNew, token } = await sessionOfRequest(this.#parts.sessions, request.headers, keyId)
      this.#session = session
      response.setHeader('x-cathedral-session', token)
      if (isNew) response.setHeader('x-cathedral-session-new', '1')
    } catch (error) {
      if (!isAppError(error) || error.kind === 'invalid_input') throw error
      this.#parts.log.warn({ err: error }, 'a request goes on without a session')
    }
  }

  /** Offers the request to one host after the other until one answers. */
  async #tryHosts(request: RelayRequest, hosts: readonly ModelHost[], hops: number): Promise<void> {
    const reasons: string[] = []
    let left = hosts
    for (;;) {
      const acquired = this.#acquire(request, left)
      // A free slot is had at once; awaiting it all the same would cost a turn of the queue.
      const grant = acquired instanceof Promise ? await acquired : acquired
      const { host } = grant
      this.#noteWait()
      let outcome: AttemptOutcome
      try {
        outcome = await this.#send(request, host, hops)
        // A kept connection that the host closed in the same moment says nothing about the host, and a model's
        // child that just ended is started again by asking for it: once more.
        const isStale = outcome.kind === 'no-answer' && (outcome.reused || host.kind === 'embedded')
        if (isStale && this.#abortReason === undefined)
          outcome = await this.#send(request, host, hops, this.#target)
      } finally {
        this.#attempt = undefined
        grant.release()
      }
      if (this.#abortReason === undefined) noteHealth(host, outcome, this.#parts)
      this.#facts.host = host.name
      if (outcome.kind === 'answered') {
        if (this.#abortReason !== undefined) this.#facts.outcome = this.#abortReason.code
        noteAnswer(this.#facts, request, outcome, this.#parts.metrics)
        if (this.#session !== undefined) this.#parts.sessions.answered(this.#session, host.id, request.model)
        return
      }
      if (this.#abortReason !== undefined) throw this.#abortReason
      left = left.filter((other) => other !== host)
      if (outcome.kind === 'unready') {
        if (left.length === 0) throw outcome.error
      } else if (outcome.kind === 'no-answer') {
        if (isAppError(outcome.error) && outcome.error.kind !== 'forbidden') throw outcome.error
        reasons.push(`${host.name}: ${reasonOf(outcome.error)}`)
        if (left.length === 0) throw noHostAnswers(reasons, outcome.error)
      } else if (left.length === 0) {
        this.#passRefusal(outcome)
        return
      } else if (request.isStream) this.#startKeepAlive() // The refusal's first byte had ended it.
    }
  }

  #acquire({ endpoint, model }: RelayRequest, hosts: readonly ModelHost[]): Grant | Promise<Grant> {
    const { grants, clock, rules } = this.#parts
    this.#askedAt = clock.monotonic()
    const preferredHostId = embeddingHostOf(endpoint, rules()) ?? this.#session?.hostUrl
    const wanted = { model, hosts, preferredHostId }
    return grants.tryAcquire(wanted) ?? grants.acquire(wanted, this.#signal())
  }

  #noteWait(): void {
    const waitedMs = this.#parts.clock.monotonic() - this.#askedAt
    this.#facts.wait_ms = waitedMs
    this.#parts.metrics.waited(waitedMs / 1000)
  }

  #send(request: RelayRequest, host: ModelHost, hops: number, failed?: HostTarget): Promise<AttemptOutcome> {
    const connecting = host.connect(request.model, () => this.#signal(), failed)
    if (!(connecting instanceof Promise)) return this.#sendTo(connecting, request, hops)
    return connecting.then(
      (target) => this.#sendTo(target, request, hops),
      (error: unknown) => ({ kind: 'unready', error: toAppError(error) }),
    )
  }

  #sendTo(target: HostTarget, request: RelayRequest, hops: number): Promise<AttemptOutcome> {
    if (this.#abortReason !== undefined) throw this.#abortReason
    this.#target = target
    const { clock, deadlines, firstByteTimeoutMs, idleTimeoutMs, ids } = this.#parts
    const { call, dialect } = this.#input
    // What is translated has to be read, so it comes as it is.
    const passesBytes = !request.isStream && dialect === undefined
    const acceptEncoding = passesBytes ? headerText(this.#input.request, 'accept-encoding') : undefined
    this.#attempt = new Attempt({
      request,
      target,
      headers: upstreamHeaders({
        request,
        target,
        call,
        hops: hops + 1,
        acceptEncoding,
        spanId: ids.spanId(),
      }),
      client: this.#client,
      clock,
      deadlines,
      firstByteTimeoutMs,
      idleTimeoutMs,
      acceptEncoding,
      onFirstByte: () => this.#noteFirstByte(),
    })
    this.#attempt.start()
    return this.#attempt.outcome
  }

  #noteFirstByte(): void {
    const { clock, metrics } = this.#parts
    const { call } = this.#input
    this.#keepAlive?.cancel()
    const ms = clock.monotonic() - call.receivedAt
    this.#facts.first_byte_ms = ms
    metrics.firstByte(call.route, ms / 1000)
  }

  #startKeepAlive(): void {
    const { clock, keepaliveMs } = this.#parts
    const tick = (): void => {
      this.#client.keepAlive()
      this.#keepAlive = clock.after(keepaliveMs, tick)
    }
    this.#keepAlive = clock.after(keepaliveMs, tick)
  }

  /** No other host is left: the caller gets the refusal as the host said it. */
  #passRefusal(refusal: AttemptOutcome & { kind: 'refused' }): void {
    this.#facts.outcome = 'host_refused'
    if (this.#client.hasBegun) {
      const { error, body } = hostErrorEvent(refusal.status, refusal.body)
      this.#client.fail(error, undefined, body)
      return
    }
    this.#client.sendWhole(refusal.status, refusal.headers, refusal.body)
  }

  #fail(error: AppError): void {
    this.#facts.outcome = error.code
    const { request, call } = this.#input
    if (error.kind === 'internal')
      this.#parts.log.error({ err: error, correlation_id: call.correlationId }, 'relay failed')
    // A body nobody read would be taken for the next request.
    if (!request.complete && !this.#client.hasBegun) this.#input.response.setHeader('connection', 'close')
    this.#client.fail(error)
  }

  #record(): void {
    const { call } = this.#input
    const status = this.#client.status === 0 ? 499 : this.#client.status
    this.#parts.record.write(call, status, this.#facts)
  }
}

function embeddingHostOf(endpoint: Endpoint, { embeddingHostId }: HouseRules): string | undefined {
  return endpoint === '/v1/embeddings' ? embeddingHostId : undefined
}
