import type { Clock } from '#base/time'
import type { EventEnvelope, EventFeed, EventNames, FeedEvent, SubscribeOptions } from './event-feed.ts'
import { ReplayRing, type RingLimits } from './replay-ring.ts'

const DEFAULT_LIMITS: RingLimits = { events: 1000, bytes: 1024 * 1024 }

/** Above any rate of events, so that ids of this life begin above those of the life before. */
const IDS_PER_MS = 1000

export interface EventsOptions {
  readonly clock: Clock
  readonly limits?: RingLimits
}

/**
 * An event feed within one process. Subscribers hold no queue but a place in the one ring of recent
 * events: whoever falls behind its end is told of a gap and goes on from the oldest event kept.
 */
export class Events<Catalogue extends object> implements EventFeed<Catalogue> {
  readonly #clock: Clock
  readonly #ring: ReplayRing<FeedEvent<Catalogue>>
  /** Wakes the subscribers that have seen everything. */
  readonly #waiting = new Set<() => void>()
  #closed = false

  constructor({ clock, limits = DEFAULT_LIMITS }: EventsOptions) {
    this.#clock = clock
    // A client that comes back after a restart with an id of the life before must be told of a gap.
    this.#ring = new ReplayRing(limits, clock.now() * IDS_PER_MS)
  }

  emit<Name extends EventNames<Catalogue>>(name: Name, data: Catalogue[Name]): void {
    const event: FeedEvent<Catalogue> = { id: this.#ring.nextId, at: this.#clock.now(), name, data }
    this.#ring.push(event, JSON.stringify(data ?? null).length)
    this.#wakeAll()
  }

  subscribe<Name extends EventNames<Catalogue>>({
    names,
    since,
    signal,
  }: SubscribeOptions<Name>): AsyncIterableIterator<EventEnvelope<Catalogue, Name>> {
    const wanted = names === undefined ? undefined : new Set<string>(names)
    const last = this.#ring.nextId - 1
    // An id that was never given out is of another life: whatever happened since then is missed.
    const known = since === undefined ? last : Number.isSafeInteger(since) && since <= last ? since : -1
    return this.#follow(known, wanted, signal) as AsyncIterableIterator<EventEnvelope<Catalogue, Name>>
  }

  close(): void {
    this.#closed = true
    this.#wakeAll()
  }

  async *#follow(
    known: number,
    wanted: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<EventEnvelope<Catalogue>, void> {
    let seen = known
    while (!signal.aborted && !this.#closed) {
      const oldest = this.#ring.oldestId
      if (seen + 1 < oldest) {
        seen = oldest - 1
        yield { id: seen, at: this.#clock.now(), name: 'gap', data: null }
        continue
      }
      const event = this.#ring.get(seen + 1)
      if (event === undefined) {
        await this.#news(signal)
        continue
      }
      seen = event.id
      if (wanted === undefined || wanted.has(event.name)) yield event
    }
  }

  /** Resolves at the next event, at the end of the feed, or when the signal aborts. */
  #news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#waiting.add(wake)
      signal.addEventListener('abort', wake)
    })
  }

  #wakeAll(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}
