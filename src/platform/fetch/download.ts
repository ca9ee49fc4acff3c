import { Agent, request } from 'undici'
import type { IncomingHttpHeaders } from 'node:http'
import { redact } from '#base/redact'
import type { Log } from '#platform/log/index'
import type { EgressPolicy } from './egress-policy.ts'
import { guardedConnector } from './connector.ts'

export interface DownloadAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: AsyncIterable<Buffer>
}

export interface DownloadOptions {
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

const MAX_REDIRECTS = 5
const STALL_MS = 60_000

/**
 * Fetches large bodies as streams. Follows redirects itself, so that each address passes the policy.
 * @param policy undefined where an admin named the place (a model pull).
 */
export class Downloader {
  readonly #agent: Agent
  readonly #log: Log

  constructor(options: { policy?: EgressPolicy | undefined; log: Log }) {
    this.#agent = new Agent({
      connect: guardedConnector(options.policy),
      bodyTimeout: STALL_MS,
      headersTimeout: STALL_MS,
    })
    this.#log = options.log
  }

  async get(url: string, options: DownloadOptions): Promise<DownloadAnswer> {
    let target = new URL(url)
    let linkedHash: string | undefined
    for (let hop = 0; ; hop++) {
      const answer = await request(target, {
        method: 'GET',
        headers: options.headers,
        signal: options.signal,
        dispatcher: this.#agent,
      })
      this.#log.info(
        { url: redact(target.origin + target.pathname), status: answer.statusCode },
        'outbound download',
      )
      // Hugging Face says what the file hashes to on the redirect, not on the file.
      const linked = answer.headers['x-linked-etag']
      if (typeof linked === 'string') linkedHash = linked
      const location = answer.headers.location
      const redirected = answer.statusCode >= 300 && answer.statusCode < 400 && answer.statusCode !== 304
      if (!redirected || typeof location !== 'string' || hop >= MAX_REDIRECTS) {
        const headers =
          linkedHash === undefined ? answer.headers : { ...answer.headers, 'x-linked-etag': linkedHash }
        return { status: answer.statusCode, headers, body: answer.body as AsyncIterable<Buffer> }
      }
      await answer.body.dump()
      target = new URL(location, target)
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy()
  }
}
