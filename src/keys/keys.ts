import { timingSafeEqual } from 'node:crypto'
import type { Actor } from '#base/actor'
import { AppError } from '#base/errors'
import type { Ids } from '#base/ids'
import type { Clock } from '#base/time'
import type { CreatedKey, Key, NewKey } from './contract.ts'
import type { KeyRow, KeyStore } from './key-store.ts'
import { hashSecret, newSecret } from './secrets.ts'

export interface KeysOptions {
  readonly store: KeyStore
  readonly ids: Ids
  readonly clock: Clock
}

/** The keys of this Hearth. Held in memory too, so that a request is identified without a disk read. */
export class Keys {
  readonly #store: KeyStore
  readonly #ids: Ids
  readonly #clock: Clock
  readonly #byHash = new Map<string, KeyRow>()
  readonly #byId = new Map<string, KeyRow>()
  /** Secrets that proved right, so that an app's next request need not hash again. Emptied by any change. */
  readonly #recent = new Map<string, Actor>()
  #revoking: Promise<unknown> = Promise.resolve()

  constructor({ store, ids, clock }: KeysOptions) {
    this.#store = store
    this.#ids = ids
    this.#clock = clock
  }

  async start(): Promise<void> {
    for (const row of await this.#store.keys()) this.#remember(row)
  }

  list(): Key[] {
    return [...this.#byId.values()].map(present)
  }

  /** The actor behind a secret, or undefined where it is unknown or revoked. */
  actorOf(secret: string): Actor | undefined {
    const known = this.#recent.get(secret)
    if (known !== undefined) return known
    const digest = hashSecret(secret)
    const row = this.#byHash.get(digest)
    if (row === undefined || row.revoked_at !== null) return undefined
    if (!timingSafeEqual(Buffer.from(row.secret_hash), Buffer.from(digest))) return undefined
    const actor = actorFrom(row, 'key')
    this.#recent.set(secret, actor)
    return actor
  }

  /** The actor a console session stands for, or undefined where its key was revoked. */
  sessionActor(keyId: string): Actor | undefined {
    const row = this.#byId.get(keyId)
    return row === undefined || row.revoked_at !== null ? undefined : actorFrom(row, 'console')
  }

  /** Whether a key that was right when a request began still is. */
  isUsable(keyId: string): boolean {
    const row = this.#byId.get(keyId)
    return row === undefined || row.revoked_at === null
  }

  /** Whether this secret was a key once and is one no more. */
  isRevoked(secret: string): boolean {
    return (this.#byHash.get(hashSecret(secret))?.revoked_at ?? null) !== null
  }

  /** Whether a person still holds an admin key. */
  hasAdmin(): boolean {
    return [...this.#byId.values()].some(isUsableAdmin)
  }

  /** @throws AppError `person_needed` where an app or agent asks for a person's or an administrator's key. */
  async create(key: NewKey, actor: Actor): Promise<CreatedKey> {
    if (actor.kind !== 'person' && (key.kind === 'person' || key.scope === 'admin')) {
      throw new AppError(
        'forbidden',
        'person_needed',
        "Only a person's key can make a key for a person or an administrator.",
      )
    }
    const secret = newSecret()
    const id = await this.add(key, secret, actor.keyId)
    return { id, key: secret }
  }

  /** Adds a key whose secret exists already: the one in `admin.key`. */
  async add(key: NewKey, secret: string, createdBy: string | null): Promise<string> {
    const row: KeyRow = {
      id: this.#ids.id('key'),
      ...key,
      secret_hash: hashSecret(secret),
      created_at: this.#clock.now(),
      created_by: createdBy,
      revoked_at: null,
      revoked_by: null,
    }
    await this.#store.addKey(row)
    this.#remember(row)
    return row.id
  }

  /**
   * Revokes a key; it stops working at once. Revoking it again changes nothing.
   *
   * @throws AppError `key_not_found`; `last_admin_key` where nobody could administer this Hearth afterwards.
   */
  revoke(id: string, actor: Actor): Promise<Key> {
    // One after the other: two at once could each see the other's admin key as the one that is left.
    const revoked = this.#revoking.then(() => this.#revoke(id, actor))
    this.#revoking = revoked.catch(() => undefined)
    return revoked
  }

  async #revoke(id: string, actor: Actor): Promise<Key> {
    const row = this.#byId.get(id)
    if (row === undefined)
      throw new AppError(
        'not_found',
        'key_not_found',
        `There is no key ${JSON.stringify(id)}. \`hearth keys list\` shows all.`,
      )
    if (row.revoked_at !== null) return present(row)
    if (isUsableAdmin(row) && [...this.#byId.values()].filter(isUsableAdmin).length === 1) {
      throw new AppError(
        'conflict',
        'last_admin_key',
        "This is the last person's admin key. Create another one first, so that somebody can still administer Hearth.",
      )
    }
    const revoked = { ...row, revoked_at: this.#clock.now(), revoked_by: actor.keyId }
    await this.#store.revokeKey(id, revoked)
    this.#remember(revoked)
    return present(revoked)
  }

  #remember(row: KeyRow): void {
    this.#recent.clear()
    this.#byHash.set(row.secret_hash, row)
    this.#byId.set(row.id, row)
  }
}

function isUsableAdmin(row: KeyRow): boolean {
  return row.scope === 'admin' && row.kind === 'person' && row.revoked_at === null
}

function present({ secret_hash, ...key }: KeyRow): Key {
  return key
}

function actorFrom(row: KeyRow, via: Actor['via']): Actor {
  return { keyId: row.id, kind: row.kind, user: row.name, via, scope: row.scope }
}
