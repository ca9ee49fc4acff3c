import type { IncomingHttpHeaders } from 'node:http'
import type { Transform } from 'node:stream'
import { AppError, isAppError } from '#base/errors'
import type { Clock } from '#base/time'
import type { HostTarget } from '#hosts/index'
import type { Exchange, ExchangeListener } from '#platform/fetch/index'
import { decoderFor } from '#platform/http/index'
import type { AttemptOutcome } from './attempt-outcome.ts'
import type { CallerAnswer } from './caller-answer.ts'
import type { Deadline, Deadlines } from './deadlines.ts'
import {
  answerStalled,
  callerStalled,
  firstByteTimeout,
  notAnEventStream,
  unexpectedEventStream,
} from './errors.ts'
import { EventStreamTap } from './event-stream-tap.ts'
import { hostErrorEvent, hostErrorIn } from './host-error.ts'
import { contentTypeOf, isEventStream, passedHeaders, type AnswerReader } from './host-answer.ts'
import { JsonReader } from './json-reader.ts'
import type { RelayRequest } from './read-request.ts'
import { readBodyUsage } from './read-body-usage.ts'
import { SmallBodyReader } from './small-body-reader.ts'
import { StreamReader } from './stream-reader.ts'

export interface AttemptOptions {
  readonly request: RelayRequest
  readonly target: HostTarget
  readonly headers: string[]
  readonly client: CallerAnswer
  readonly clock: Clock
  readonly deadlines: Deadlines
  readonly firstByteTimeoutMs: number
  readonly idleTimeoutMs: number
  /** The caller's `Accept-Encoding`; a compressed JSON answer passes where it allows it. */
  readonly acceptEncoding: string | undefined
  readonly onFirstByte: () => void
}

const FAILOVER_STATUSES = new Set([429, 502, 503, 504])
/** How long a host may keep its connection busy after it sent the sentinel. */
const AFTER_DONE_MS = 1_000
/** How long a caller that had stalled gets to read why its answer ended. */
const LAST_WORDS_MS = 2_000

/** One try of a request on one host. */
export class Attempt implements Deadline, ExchangeListener {
  readonly #options: AttemptOptions
  readonly outcome: Promise<AttemptOutcome>
  #settle!: (outcome: AttemptOutcome) => void
  #exchange: Exchange | undefined
  #reader: AnswerReader | undefined
  #decoder: Transform | undefined
  deadlineAt: number
  rosterPlace = -1
  #waitsForCaller = false
  #sawByte = false
  #isOver = false

  constructor(options: AttemptOptions) {
    this.#options = options
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.deadlineAt = options.clock.monotonic() + options.firstByteTimeoutMs
    options.deadlines.watch(this)
  }

  /** Time ran out: for the host's first byte, for its next one, or for a caller that no longer reads. */
  expire(): void {
    const { firstByteTimeoutMs, idleTimeoutMs } = this.#options
    if (this.#isOver) this.#exchange?.abort(abandoned())
    else if (this.#waitsForCaller) {
      this.abort(callerStalled(idleTimeoutMs))
      // If the caller does not even read that, only closing frees the socket and what waits in it.
      this.#options.clock.after(LAST_WORDS_MS, () => this.#options.client.destroyUnlessRead())
    } else this.abort(this.#sawByte ? answerStalled(idleTimeoutMs) : firstByteTimeout(firstByteTimeoutMs))
  }

  start(): void {
    const { request, target, headers } = this.#options
    this.#exchange = target.pool.dispatch(
      { method: 'POST', path: target.basePath + request.endpoint, headers, body: request.body },
      this,
    )
  }

  /** Ends the try: the caller left, time ran out, or Hearth is stopping. */
  abort(reason: AppError): void {
    if (this.#isOver) return
    this.#exchange?.abort(reason)
    // An exchange that waits for its connection does not answer at once.
    this.#broken(reason, false)
  }

  onHeaders(status: number, headers: IncomingHttpHeaders): void {
    if (this.#isOver) return
    if (status < 300 && !this.#options.request.isStream && isEventStream(headers)) {
      this.#failWith(unexpectedEventStream())
      return
    }
    const encoding = headers['content-encoding']
    const isCompressed = encoding !== undefined && encoding !== '' && encoding !== 'identity'
    const passesCompressed = isCompressed && !isEventStream(headers) && this.#accepts(encoding)
    this.#reader = this.#chooseReader(status, headers, passesCompressed ? ['content-encoding', encoding] : [])
    if (isCompressed && !passesCompressed) this.#decode(encoding)
  }

  /** Who reads this answer: by what was asked, what came, and whether the caller was told anything yet. */
  #chooseReader(status: number, headers: IncomingHttpHeaders, extra: string[]): AnswerReader {
    const { request, client } = this.#options
    const noAnswer = (error: Error): void => this.#over({ kind: 'no-answer', error, reused: false })
    if (FAILOVER_STATUSES.has(status)) {
      const passed = [...passedHeaders(headers), ...extra]
      return new SmallBodyReader(
        (body) => this.#over({ kind: 'refused', status, headers: passed, body }),
        noAnswer,
      )
    }
    if (status >= 300 && client.hasBegun)
      return new SmallBodyReader((body) => this.#failInStream(status, body), noAnswer)
    if (status < 300 && request.isStream) {
      if (isEventStream(headers)) return this.#streamReader(status)
      return new SmallBodyReader((body) => this.#refuseBody(headers, body), noAnswer)
    }
    return this.#jsonReader(
      status,
      [...passedHeaders(headers), ...extra],
      extra.length === 0 && isCloseDelimitedJson(headers),
    )
  }

  #streamReader(status: number): StreamReader {
    const { request, client } = this.#options
    const tap = new EventStreamTap(request)
    client.beginStream()
    return new StreamReader({
      client,
      tap,
      onOver: (fault) =>
        this.#over({
          kind: 'answered',
          status,
          events: tap.events,
          ...(fault && { fault }),
          ...(tap.usage && { usage: tap.usage }),
        }),
    })
  }

  #jsonReader(status: number, headers: string[], endMeansNothing: boolean): JsonReader {
    return new JsonReader({
      client: this.#options.client,
      status,
      headers,
      endMeansNothing,
      onOver: ({ fault, body }) => {
        const usage = status < 300 && body !== undefined ? readBodyUsage(body) : undefined
        this.#over({ kind: 'answered', status, ...(fault && { fault }), ...(usage && { usage }) })
      },
    })
  }

  /** A host that answers a stream request with JSON usually explains itself there; its error is kept. */
  #refuseBody(headers: IncomingHttpHeaders, body: Buffer): void {
    const hostError = hostErrorIn(body)
    const error = notAnEventStream(contentTypeOf(headers), hostError)
    const own = { message: error.message, type: 'server_error', param: null, code: error.code }
    const kept = typeof hostError === 'string' ? { message: hostError } : hostError
    this.#failWith(error, { error: { ...own, ...kept } })
  }

  /** The stream had begun with keep-alives when the host refused: its own error becomes the event. */
  #failInStream(status: number, hostBody: Buffer): void {
    const { error, body } = hostErrorEvent(status, hostBody)
    this.#options.client.fail(error, undefined, body)
    this.#over({ kind: 'answered', status })
  }

  #failWith(error: AppError, body?: unknown): void {
    this.#options.client.fail(error, undefined, body)
    this.#over({ kind: 'answered', status: error.status, fault: error })
  }

  #accepts(encoding: string): boolean {
    const accepted = (this.#options.acceptEncoding ?? '').toLowerCase().split(',')
    return accepted.some((entry) => {
      const [name, ...parameters] = entry.split(';').map((part) => part.trim())
      return (
        name === encoding.toLowerCase() && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
      )
    })
  }

  #decode(encoding: string): void {
    const decoder = decoderFor(encoding)
    if (decoder === undefined) {
      this.#failWith(
        new AppError(
          'upstream',
          'encoding_unsupported',
          `The host answered with Content-Encoding ${encoding.slice(0, 40)}, which Hearth cannot read.`,
        ),
      )
      return
    }
    this.#decoder = decoder
    decoder.on('data', (chunk: Buffer) => this.#read(chunk))
    decoder.on('end', () => this.#reader?.end())
    decoder.on('error', (error) => this.#broken(error, false))
  }

  onData(chunk: Buffer): void {
    if (this.#isOver) return
    const { clock, idleTimeoutMs, onFirstByte } = this.#options
    // An error body may not go on for ever, however slowly it comes.
    if (!this.#sawByte || !(this.#reader instanceof SmallBodyReader))
      this.deadlineAt = clock.monotonic() + idleTimeoutMs
    if (!this.#sawByte) {
      this.#sawByte = true
      onFirstByte()
    }
    if (this.#decoder === undefined) this.#read(chunk)
    else if (!this.#decoder.write(chunk)) this.#pauseUntil((resume) => this.#decoder!.once('drain', resume))
  }

  #read(chunk: Buffer): void {
    if (this.#isOver || this.#reader === undefined || this.#reader.data(chunk)) return
    this.#decoder?.pause()
    this.#pauseUntil((resume) => this.#options.client.onDrain(resume))
  }

  /** While the caller is slow the host waits, so memory does not grow; the idle limit then counts for the caller. */
  #pauseUntil(arrange: (resume: () => void) => void): void {
    this.#exchange?.pause()
    this.#waitsForCaller = true
    arrange(() => {
      this.#waitsForCaller = false
      this.deadlineAt = this.#options.clock.monotonic() + this.#options.idleTimeoutMs
      this.#decoder?.resume()
      this.#exchange?.resume()
    })
  }

  onEnd(): void {
    this.#exchangeEnded()
    if (this.#decoder === undefined) this.#reader?.end()
    else this.#decoder.end()
  }

  onError(error: Error, reused: boolean): void {
    this.#exchangeEnded()
    this.#broken(error, reused)
  }

  #broken(error: Error, reused: boolean): void {
    if (this.#isOver) return
    if (this.#reader !== undefined) this.#reader.broken(error)
    else if (isAppError(error) && error.code === 'first_byte_timeout') this.#failWith(error)
    else this.#over({ kind: 'no-answer', error, reused })
  }

  #over(outcome: AttemptOutcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#decoder?.destroy()
    if (this.#exchange === undefined) this.#options.deadlines.unwatch(this)
    else this.#letGo(this.#exchange, outcome)
    this.#settle(outcome)
  }

  /** After a whole answer the host may end in order, so that its connection serves again; else it is cut now. */
  #letGo(exchange: Exchange, outcome: AttemptOutcome): void {
    const isWhole = outcome.kind === 'answered' && outcome.fault === undefined
    if (!isWhole) {
      exchange.abort(abandoned())
      return
    }
    exchange.resume()
    this.deadlineAt = this.#options.clock.monotonic() + AFTER_DONE_MS
  }

  #exchangeEnded(): void {
    this.#exchange = undefined
    if (this.#isOver) this.#options.deadlines.unwatch(this)
  }
}

/** A JSON body whose end is the end of the connection: a cut looks like an end. */
function isCloseDelimitedJson(headers: IncomingHttpHeaders): boolean {
  const isDelimited = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  return !isDelimited && /\bjson\b/i.test(contentTypeOf(headers))
}

function abandoned(): AppError {
  return new AppError('cancelled', 'exchange_abandoned', 'Hearth needs nothing more from this exchange.')
}
