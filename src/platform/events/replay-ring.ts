export interface RingLimits {
  readonly events: number
  /** Of the data of all events kept, as JSON text. */
  readonly bytes: number
}

interface Kept<Entry> {
  readonly entry: Entry
  readonly bytes: number
}

/** The newest entries under consecutive ids, bounded by count and by size; the oldest ones go first. */
export class ReplayRing<Entry> {
  readonly #limits: RingLimits
  readonly #slots: (Kept<Entry> | undefined)[]
  #oldestId: number
  #nextId: number
  #bytes = 0

  constructor(limits: RingLimits, firstId: number) {
    this.#limits = limits
    this.#slots = new Array<undefined>(limits.events)
    this.#oldestId = firstId
    this.#nextId = firstId
  }

  /** The id that the next entry gets. */
  get nextId(): number {
    return this.#nextId
  }

  /** The oldest id that is kept, or `nextId` where none is. */
  get oldestId(): number {
    return this.#oldestId
  }

  get(id: number): Entry | undefined {
    if (id < this.#oldestId || id >= this.#nextId) return undefined
    return this.#slots[id % this.#slots.length]?.entry
  }

  /** Keeps the newest entry whatever its size, so that a subscriber that is up to date never sees a gap. */
  push(entry: Entry, bytes: number): void {
    if (this.#nextId - this.#oldestId === this.#limits.events) this.#dropOldest()
    this.#slots[this.#nextId % this.#slots.length] = { entry, bytes }
    this.#nextId++
    this.#bytes += bytes
    while (this.#bytes > this.#limits.bytes && this.#oldestId < this.#nextId - 1) this.#dropOldest()
  }

  #dropOldest(): void {
    const slot = this.#oldestId % this.#slots.length
    this.#bytes -= this.#slots[slot]!.bytes
    this.#slots[slot] = undefined
    this.#oldestId++
  }
}
