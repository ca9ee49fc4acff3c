import type { Clock, Timer } from '#base/time'
import type { Fields } from '../dialect.ts'

export interface StoredResponse {
  readonly response: Fields
  /** The whole conversation that led to it, with ids. */
  readonly input: readonly Fields[]
}

interface Kept extends StoredResponse {
  readonly keyId: string
  readonly sizeChars: number
  usedAt: number
}

export interface StoredResponsesLimits {
  readonly most: number
  /** Counted in characters of JSON, which is what they cost in memory, about. */
  readonly mostChars: number
  /** How long one lives after its last use. */
  readonly ageMs: number
}

export const STORED_RESPONSES_LIMITS: StoredResponsesLimits = {
  most: 2_000,
  mostChars: 64 * 1024 * 1024,
  ageMs: 24 * 60 * 60 * 1000,
}
const SWEEP_EVERY_MS = 60_000

/**
 * Responses that callers may come back to, in memory only: content is never written down. The least recently
 * used make room. A conversation is counted in full with each of its responses, although they share its
 * items: the count is never below what is held, and dropping an early response never breaks a later one.
 */
export class StoredResponses {
  readonly #clock: Clock
  readonly #limits: StoredResponsesLimits
  /** Least recently used first. */
  readonly #byId = new Map<string, Kept>()
  readonly #sizes = new WeakMap<Fields, number>()
  #chars = 0
  #sweep: Timer | undefined

  constructor(clock: Clock, limits: StoredResponsesLimits = STORED_RESPONSES_LIMITS) {
    this.#clock = clock
    this.#limits = limits
  }

  get count(): number {
    return this.#byId.size
  }

  get sizeChars(): number {
    return this.#chars
  }

  /** Whether it was kept; one that is larger than all room there is, is not. */
  put(keyId: string, stored: StoredResponse): boolean {
    const sizeChars =
      this.#sizeOf(stored.response) + stored.input.reduce((sum, item) => sum + this.#sizeOf(item), 0)
    if (sizeChars > this.#limits.mostChars) return false
    this.#byId.set(idOf(stored), { ...stored, keyId, sizeChars, usedAt: this.#clock.monotonic() })
    this.#chars += sizeChars
    this.#dropWhile(() => this.#byId.size > this.#limits.most || this.#chars > this.#limits.mostChars)
    this.#sweepLater()
    return true
  }

  /** The response, where this key made it and it is still there. Asking for it keeps it longer. */
  get(keyId: string, id: string): StoredResponse | undefined {
    this.#dropOld()
    const kept = this.#byId.get(id)
    if (kept?.keyId !== keyId) return undefined
    kept.usedAt = this.#clock.monotonic()
    this.#byId.delete(id)
    this.#byId.set(id, kept)
    return kept
  }

  /** Every item of this key's responses by its id. */
  itemsOf(keyId: string): Map<string, Fields> {
    const items = new Map<string, Fields>()
    for (const kept of this.#byId.values()) {
      if (kept.keyId !== keyId) continue
      for (const item of kept.input) items.set(String(item.id), item)
      for (const item of kept.response.output as Fields[]) items.set(String(item.id), item)
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
    this.#chars = 0
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

  #drop(id: string, kept: Kept): void {
    this.#byId.delete(id)
    this.#chars -= kept.sizeChars
  }

  #sweepLater(): void {
    this.#sweep ??= this.#clock.after(SWEEP_EVERY_MS, () => {
      this.#sweep = undefined
      this.#dropOld()
      if (this.#byId.size > 0) this.#sweepLater()
    })
  }

  #sizeOf(fields: Fields): number {
    let size = this.#sizes.get(fields)
    if (size === undefined) {
      size = JSON.stringify(fields).length
      this.#sizes.set(fields, size)
    }
    return size
  }
}

function idOf({ response }: StoredResponse): string {
  return response.id as string
}
