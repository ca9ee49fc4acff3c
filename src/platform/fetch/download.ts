import { Agent, request } from 'undici'
import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '#base/errors'
import { redact } from '#base/redact'
import type { Log } from '#platform/log/index'
import type { EgressPolicy } from './egress-policy.ts'
import { guardedConnector, type ConnectPolicy } from './connector.ts'
import { isHomeAddress } from './home-addresses.ts'

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
  /** For redirects to another origin: they may not lead into the home, which only an administrator may name. */
  readonly #outwards: Agent
  readonly #log: Log

  constructor(options: { policy?: EgressPolicy | undefined; log: Log }) {
    this.#agent = agentWith(options.policy)
    this.#outwards = agentWith(OUTWARDS)
    this.#log = options.log
  }

  async get(url: string, options: DownloadOptions): Promise<DownloadAnswer> {
    const start = new URL(url)
    let target = start
    let linkedHash: string | undefined
    for (let hop = 0; ; hop++) {
      const answer = await request(target, {
        method: 'GET',
        headers: options.headers,
        signal: options.signal,
        dispatcher: target.origin === start.origin ? this.#agent : this.#outwards,
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
      target = nextTarget(location, target)
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#outwards.destroy()])
  }
}

const OUTWARDS: ConnectPolicy = {
  allows: (_hostname, address) => !isHomeAddress(address),
  check: (hostname, address) => {
    if (isHomeAddress(address)) throw redirectRefused(`it leads to ${hostname} (${address}) in the home`)
  },
}

function agentWith(policy: ConnectPolicy | undefined): Agent {
  return new Agent({ connect: guardedConnector(policy), bodyTimeout: STALL_MS, headersTimeout: STALL_MS })
}

function nextTarget(location: string, from: URL): URL {
  const next = URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (next === undefined || !/^https?:$/.test(next.protocol))
    throw redirectRefused('it leads to no web address')
  if (from.protocol === 'https:' && next.protocol === 'http:')
    throw redirectRefused('it leads from https to http')
  return next
}

function redirectRefused(why: string): AppError {
  return new AppError(
    'forbidden',
    'redirect_refused',
    `The server redirects the download, and ${why}. Name the final address if it is right.`,
  )
}
