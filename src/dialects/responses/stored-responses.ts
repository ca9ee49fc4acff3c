import type { Clock, Timer } from '#base/time'
import type { Fields } from '../dialect.ts'

export interface StoredResponse {
  readonly response: Fields
  /** The whole conversation that led to it, with ids. */
  readonly input: readonly Fields[]
}

/** Kept as text: parsed, the same JSON may take twenty times the memory. */
class Kept implements StoredResponse {
  readonly keyId: string
  readonly #response: Buffer
  readonly #input: Buffer
  usedAt = 0

  constructor(keyId: string, { response, input }: StoredResponse) {
    this.keyId = keyId
    this.#response = Buffer.from(JSON.stringify(response))
    this.#input = Buffer.from(JSON.stringify(input))
  }

  get sizeBytes(): number {
    return this.#response.length + this.#input.length
  }

  get response(): Fields {
    return JSON.parse(this.#response.toString()) as Fields
  }

  get input(): readonly Fields[] {
    return JSON.parse(this.#input.toString()) as Fields[]
  }

  /** Those of its items that have one of these ids. */
  itemsWith(ids: ReadonlySet<string>): Fields[] {
    const isWanted = ({ id }: Fields): boolean => ids.has(String(id))
    // Looking for a few ids in the text is cheaper than reading it; for many it is not.
    const names = ids.size > MOST_SEARCHED ? [] : [...ids].map((id) => Buffer.from(JSON.stringify(id)))
    const mayBeIn = (text: Buffer): boolean => names.length === 0 || names.some((name) => text.includes(name))
    return [
      ...(mayBeIn(this.#input) ? this.input.filter(isWanted) : []),
      ...(mayBeIn(this.#response) ? (this.response.output as Fields[]).filter(isWanted) : []),
    ]
  }
}

export interface StoredResponsesLimits {
  readonly most: number
  /** Of JSON, in all. */
  readonly mostBytes: number
  /** The part of both that one key may take, so that none evicts what others have stored. */
  readonly keyShare: number
  /** How long one lives after its last use. */
  readonly ageMs: number
}

export const STORED_RESPONSES_LIMITS: StoredResponsesLimits = {
  most: 2_000,
  mostBytes: 64 * 1024 * 1024,
  keyShare: 1 / 4,
  ageMs: 24 * 60 * 60 * 1000,
}
const MOST_SEARCHED = 4
const SWEEP_EVERY_MS = 60_000

/**
 * Responses that callers may come back to, in memory only: content is never written down. The least recently
 * used make room, those of the same key first where it has its share. A conversation is kept in full with each
 * of its responses, so that dropping an early response never breaks a later one.
 */
export class StoredResponses {
  readonly #clock: Clock
  readonly #limits: StoredResponsesLimits
  /** Least recently used first. */
  readonly #byId = new Map<string, Kept>()
  readonly #byKey = new Map<string, { count: number; bytes: number }>()
  #bytes = 0
  #sweep: Timer | undefined

  constructor(clock: Clock, limits: StoredResponsesLimits = STORED_RESPONSES_LIMITS) {
    this.#clock = clock
    this.#limits = limits
  }

  get count(): number {
    return this.#byId.size
  }

  get sizeBytes(): number {
    return this.#bytes
  }

  /** Whether it was kept; one that is larger than all room its key has, is not. */
  put(keyId: string, stored: StoredResponse): boolean {
    const { most, mostBytes, keyShare } = this.#limits
    const kept = new Kept(keyId, stored)
    if (kept.sizeBytes > mostBytes * keyShare) return false
    this.#add(stored.response.id as string, kept)
    const ofKey = this.#byKey.get(keyId)!
    for (const [id, other] of this.#byId) {
      if (ofKey.count <= Math.max(1, most * keyShare) && ofKey.bytes <= mostBytes * keyShare) break
      if (other.keyId === keyId) this.#drop(id, other)
    }
    this.#dropWhile(() => this.#byId.size > most || this.#bytes > mostBytes)
    this.#sweepLater()
    return true
  }

  /**
   * The response, where this key made it and it is still there. Asking for it keeps it longer. It is read
   * anew from its text each time its parts are asked for.
   */
  get(keyId: string, id: string): StoredResponse | undefined {
    this.#dropOld()
    const kept = this.#byId.get(id)
    if (kept?.keyId !== keyId) return undefined
    kept.usedAt = this.#clock.monotonic()
    this.#byId.delete(id)
    this.#byId.set(id, kept)
    return kept
  }

  /** The items of this key's responses that have one of these ids, by their id. */
  itemsOf(keyId: string, ids: ReadonlySet<string>): Map<string, Fields> {
    const items = new Map<string, Fields>()
    const missing = new Set(ids)
    for (const kept of this.#byId.values()) {
      if (missing.size === 0) break
      if (kept.keyId !== keyId) continue
      for (const item of kept.itemsWith(missing)) {
        items.set(String(item.id), item)
        missing.delete(String(item.id))
      }
    }
    return items
  }

  /** @returns whether there was one of this key */
  delete(keyId: string, id: string): boolean {
    const kept = this.#byId.get(id)
    if (kept?.keyId !== keyId) return false
    this.#drop(id, kept)
    return true
  }

  /** Forgets everything. */
  close(): void {
    this.#sweep?.cancel()
    this.#sweep = undefined
    this.#byId.clear()
    this.#byKey.clear()
    this.#bytes = 0
  }

  #dropOld(): void {
    const oldest = this.#clock.monotonic() - this.#limits.ageMs
    this.#dropWhile(({ usedAt }) => usedAt < oldest)
  }

  #dropWhile(isTooMuch: (kept: Kept) => boolean): void {
    for (const [id, kept] of this.#byId) {
      if (!isTooMuch(kept)) return
      this.#drop(id, kept)
    }
  }

  #add(id: string, kept: Kept): void {
    kept.usedAt = this.#clock.monotonic()
    this.#byId.set(id, kept)
    this.#count(kept, 1)
  }

  #drop(id: string, kept: Kept): void {
    this.#byId.delete(id)
    this.#count(kept, -1)
  }

  #count({ keyId, sizeBytes }: Kept, change: 1 | -1): void {
    const ofKey = this.#byKey.get(keyId) ?? { count: 0, bytes: 0 }
    ofKey.count += change
    ofKey.bytes += change * sizeBytes
    this.#bytes += change * sizeBytes
    if (ofKey.count === 0) this.#byKey.delete(keyId)
    else this.#byKey.set(keyId, ofKey)
  }

  #sweepLater(): void {
    this.#sweep ??= this.#clock.after(SWEEP_EVERY_MS, () => {
      this.#sweep = undefined
      this.#dropOld()
      if (this.#byId.size > 0) this.#sweepLater()
    })
  }
}
