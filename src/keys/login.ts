import { randomBytes } from 'node:crypto'
import type { Actor } from '#base/actor'
import { AppError } from '#base/errors'
import type { Clock } from '#base/time'
import type { KeyStore } from './key-store.ts'
import type { Keys } from './keys.ts'
import { hashSecret } from './secrets.ts'

const LINK_MS = 15 * 60_000
const SESSION_MS = 30 * 24 * 3_600_000
const LINKS_AT_ONCE = 100

export interface LoginLink {
  readonly token: string
  /** To be put behind an address of this Hearth. The token is a fragment, which browsers do not send. */
  readonly path: string
  readonly expiresAt: number
}

interface Pending {
  readonly keyId: string
  readonly expiresAt: number
}

interface Session {
  readonly keyId: string
  readonly expiresAt: number
}

/** Login links (once, 15 minutes) and the console sessions they open (30 days, end with their key). */
export class Login {
  readonly #keys: Keys
  readonly #store: KeyStore
  readonly #clock: Clock
  readonly #links = new Map<string, Pending>()
  readonly #sessions = new Map<string, Session>()

  constructor(options: { keys: Keys; store: KeyStore; clock: Clock }) {
    this.#keys = options.keys
    this.#store = options.store
    this.#clock = options.clock
  }

  async start(): Promise<void> {
    for (const row of await this.#store.sessions(this.#clock.now())) {
      this.#sessions.set(row.token_hash, { keyId: row.key_id, expiresAt: row.expires_at })
    }
  }

  /** @throws AppError `person_needed` where the actor is no person: a login stands for one. */
  createLink(actor: Actor): LoginLink {
    if (actor.kind !== 'person') {
      throw new AppError(
        'forbidden',
        'person_needed',
        'Only a key of kind person can make a login link, because a login stands for a person.',
      )
    }
    const now = this.#clock.now()
    for (const [digest, { expiresAt }] of this.#links) if (expiresAt <= now) this.#links.delete(digest)
    if (this.#links.size >= LINKS_AT_ONCE) this.#links.delete(this.#links.keys().next().value!)
    const token = randomBytes(24).toString('base64url')
    const expiresAt = now + LINK_MS
    this.#links.set(hashSecret(token), { keyId: actor.keyId, expiresAt })
    return { token, path: `/login#${token}`, expiresAt }
  }

  /** @throws AppError `login_link_invalid` where the link was used, is too old or never was one. */
  async useLink(token: string): Promise<{ sessionToken: string; expiresAt: number; user: string }> {
    const digest = hashSecret(token)
    const link = this.#links.get(digest)
    this.#links.delete(digest)
    const now = this.#clock.now()
    const actor =
      link === undefined || link.expiresAt <= now ? undefined : this.#keys.sessionActor(link.keyId)
    if (actor === undefined) {
      throw new AppError(
        'unauthenticated',
        'login_link_invalid',
        'This login link was used already or is older than 15 minutes. `hearth login` makes a new one.',
      )
    }
    const sessionToken = randomBytes(32).toString('base64url')
    const expiresAt = now + SESSION_MS
    const row = {
      token_hash: hashSecret(sessionToken),
      key_id: actor.keyId,
      created_at: now,
      expires_at: expiresAt,
    }
    await this.#store.addSession(row)
    this.#sessions.set(row.token_hash, { keyId: row.key_id, expiresAt })
    return { sessionToken, expiresAt, user: actor.user }
  }

  actorOf(sessionToken: string): Actor | undefined {
    const session = this.#sessions.get(hashSecret(sessionToken))
    if (session === undefined || session.expiresAt <= this.#clock.now()) return undefined
    return this.#keys.sessionActor(session.keyId)
  }

  async end(sessionToken: string): Promise<void> {
    const digest = hashSecret(sessionToken)
    this.#sessions.delete(digest)
    await this.#store.removeSession(digest)
  }
}
