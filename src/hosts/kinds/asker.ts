import type { IncomingHttpHeaders } from 'node:http'
import { tryParseJson } from '#base/json'
import type { Clock } from '#base/time'
import { exchangeSmall } from '#platform/fetch/index'
import type { HostTarget } from '../model-host.ts'

const LIST_TIMEOUT_MS = 5_000
const DETAIL_TIMEOUT_MS = 2_000
const PROBE_TIMEOUT_MS = 10_000
const MOST_QUESTIONS = 40
const LONGEST_ANSWER_BYTES = 4 * 1024 * 1024

export interface ListAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: unknown
}

/**
 * Asks one host during one probe, within limits: so long for a question, so long and so many for all of
 * them. After a question that got no answer at all it asks no more, because the next would wait as long.
 */
export class Asker {
  readonly #target: HostTarget
  readonly #clock: Clock
  readonly #endsAt: number
  #asked = 0
  #isOver = false

  constructor(target: HostTarget, clock: Clock) {
    this.#target = target
    this.#clock = clock
    this.#endsAt = clock.monotonic() + PROBE_TIMEOUT_MS
  }

  /** Whether a question of this probe stayed without an answer. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** The model list. @throws the connection's error, or AppError `host_timeout` / `host_answer_too_large`. */
  async list(): Promise<ListAnswer> {
    const { status, headers, body } = await exchangeSmall(this.#target.pool, {
      path: `${this.#target.basePath}/v1/models`,
      headers: this.#headers({ 'x-hearth-hops': '1' }),
      timeoutMs: LIST_TIMEOUT_MS,
      maxBytes: LONGEST_ANSWER_BYTES,
    })
    return { status, headers, body: tryParseJson(body.toString('utf8')) }
  }

  /**
   * A document of the server's own API, which stands beside `/v1`; undefined where there is none.
   *
   * @param path from the base address of the host, such as `/api/version`
   * @param question sent as JSON in a POST
   */
  async detail(path: string, question?: Readonly<Record<string, unknown>>): Promise<unknown> {
    const timeoutMs = Math.min(DETAIL_TIMEOUT_MS, this.#endsAt - this.#clock.monotonic())
    if (this.#isOver || timeoutMs <= 0 || ++this.#asked > MOST_QUESTIONS) return undefined
    try {
      const { status, body } = await exchangeSmall(this.#target.pool, {
        method: question === undefined ? 'GET' : 'POST',
        path: this.#target.basePath + path,
        headers: this.#headers(question === undefined ? {} : { 'content-type': 'application/json' }),
        timeoutMs,
        maxBytes: LONGEST_ANSWER_BYTES,
        ...(question === undefined ? {} : { body: JSON.stringify(question) }),
      })
      return status === 200 ? tryParseJson(body.toString('utf8')) : undefined
    } catch {
      this.#isOver = true
      return undefined
    }
  }

  #headers(more: Readonly<Record<string, string>>): Record<string, string> {
    const { authorization } = this.#target
    return { accept: 'application/json', ...more, ...(authorization === undefined ? {} : { authorization }) }
  }
}
