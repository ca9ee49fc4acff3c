/** What a feed carries: a name for each kind of event, with the form of its data. */
export type EventNames<Catalogue> = keyof Catalogue & string

/** Something that happened. Ids rise by one; `at` is in milliseconds since the epoch. */
export interface FeedEvent<Catalogue, Name extends EventNames<Catalogue> = EventNames<Catalogue>> {
  readonly id: number
  readonly at: number
  readonly name: Name
  readonly data: Catalogue[Name]
}

/**
 * Events that a subscriber will never see, because they are no longer kept: what it believes may be
 * outdated, so it reads the state anew. Its `id` is that of the last event missed.
 */
export interface FeedGap {
  readonly id: number
  readonly at: number
  readonly name: 'gap'
  readonly data: null
}

/** An event under each of the names, or a gap; `name` tells them apart. */
export type EventEnvelope<Catalogue, Name extends EventNames<Catalogue> = EventNames<Catalogue>> =
  { [Each in Name]: FeedEvent<Catalogue, Each> }[Name] | FeedGap

export interface SubscribeOptions<Name extends string> {
  /** Only events of these names; all where it is missing. */
  readonly names?: readonly Name[]
  /** The id of the last event the subscriber knows: what came after it is replayed first. */
  readonly since?: number
  /** Ends the subscription when it aborts. */
  readonly signal: AbortSignal
}

/** Typed events for whoever listens, in one process today; across nodes with Redis behind the same face. */
export interface EventFeed<Catalogue extends object> {
  /** Tells all subscribers. `data` is JSON, small (ids and counts, never content), and not changed afterwards. */
  emit<Name extends EventNames<Catalogue>>(name: Name, data: Catalogue[Name]): void

  /**
   * The events from now on, or from `since` on, in order and without holes: where events were dropped,
   * a gap says so. The subscription begins with the call, not with the first `next()`, and ends with
   * the signal, `close` or a `break`. A subscriber may be as slow as it likes and costs no memory.
   */
  subscribe<Name extends EventNames<Catalogue>>(
    options: SubscribeOptions<Name>,
  ): AsyncIterableIterator<EventEnvelope<Catalogue, Name>>

  /** Ends all subscriptions. */
  close(): void
}
