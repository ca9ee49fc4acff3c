export type {
  EventEnvelope,
  EventFeed,
  EventNames,
  FeedEvent,
  FeedGap,
  SubscribeOptions,
} from './event-feed.ts'
export { Events, type EventsOptions } from './events.ts'
export type { RingLimits } from './replay-ring.ts'
