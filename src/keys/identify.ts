import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { scopeAllows, type Actor, type Scope } from '#base/actor'
import { AppError } from '#base/errors'
import type { FailedAttempts } from './failed-attempts.ts'
import type { Keys } from './keys.ts'
import type { Login } from './login.ts'

export const SESSION_COOKIE = 'hearth_session'

export interface IdentifyOptions {
  readonly keys: Keys
  readonly login: Login
  readonly attempts: FailedAttempts
  /** `keys: off`: everybody on loopback is the owner. */
  readonly keysAreOff: boolean
}

/** The one step that says who is calling. */
export class Identify {
  readonly #options: IdentifyOptions

  constructor(options: IdentifyOptions) {
    this.#options = options
  }

  /**
   * @throws AppError `key_missing` or `key_unknown` (401), `scope_missing` (403), `too_many_attempts` (429),
   *   `origin_missing` (403) where a browser session would change something without saying which page asks.
   */
  actor(request: IncomingMessage, remoteAddress: string, needed: Scope): Actor {
    const actor = this.#find(request, remoteAddress)
    if (!scopeAllows(actor.scope, needed)) {
      throw new AppError(
        'forbidden',
        'scope_missing',
        `This needs a key of scope ${needed}, and this one has scope ${actor.scope}.`,
        {
          details: { needed, held: actor.scope },
        },
      )
    }
    return actor
  }

  #find(request: IncomingMessage, remoteAddress: string): Actor {
    const { keys, login, attempts, keysAreOff } = this.#options
    if (keysAreOff) return OWNER
    const secret = keyIn(request.headers)
    if (secret !== undefined) {
      const actor = keys.actorOf(secret)
      if (actor !== undefined) return actor
      attempts.note(remoteAddress)
      throw new AppError(
        'unauthenticated',
        'key_unknown',
        'This key is not known here, or was revoked. `hearth keys create` makes one.',
      )
    }
    const session = cookieIn(request.headers, SESSION_COOKIE)
    const actor = session === undefined ? undefined : login.actorOf(session)
    if (actor === undefined) {
      throw new AppError(
        'unauthenticated',
        'key_missing',
        'This needs a key: send it as `Authorization: Bearer KEY`. The admin key is in admin.key in the data folder.',
      )
    }
    if (!isSafe(request.method) && !isOwnPage(request.headers)) {
      throw new AppError(
        'forbidden',
        'origin_missing',
        'A browser session may change things only from a page of this Hearth itself, as its Origin header says.',
      )
    }
    return actor
  }
}

const OWNER: Actor = { keyId: 'keys-off', kind: 'person', user: 'owner', via: 'keys-off', scope: 'admin' }

/** The key in `Authorization: Bearer`, `X-API-Key` or `X-ROXY-Token`; undefined where none is sent. */
function keyIn(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers
  if (authorization !== undefined) return /^bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] ?? ''
  const alias = headers['x-api-key'] ?? headers['x-roxy-token']
  return typeof alias === 'string' ? alias : undefined
}

export function cookieIn(headers: IncomingHttpHeaders, name: string): string | undefined {
  for (const pair of headers.cookie?.split(';') ?? []) {
    const [key, value] = pair.split('=', 2)
    if (key!.trim() === name) return value?.trim()
  }
  return undefined
}

/** The same name and the same port: another program on this machine is another site. */
function isOwnPage({ origin, host }: IncomingHttpHeaders): boolean {
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === host?.toLowerCase()
}

function isSafe(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD'
}
