import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import type { EventEnvelope, EventFeed, RingLimits } from '#platform/events/index'
import { within } from '../fakes/within.ts'

interface Catalogue {
  'host.up': { host: string }
  'host.down': { host: string }
}
type Feed = EventFeed<Catalogue>
type Envelope = EventEnvelope<Catalogue>

/** An empty feed that keeps no more than the limits; closed after the test. */
export type MakeEvents = (t: TestContext, limits: RingLimits) => Promise<EventFeed<Catalogue>>

/** What every event feed does, in one process or across nodes. */
export function eventsContract(name: string, make: MakeEvents): void {
  async function open(t: TestContext, { events = 100, bytes = 100_000 } = {}) {
    const stop = new AbortController()
    t.after(() => stop.abort())
    const feed = await make(t, { events, bytes })
    return { feed, stop, signal: stop.signal }
  }

  describe(name, () => {
    test('a subscriber gets what happens after it subscribed, in order, under ids that rise by one', async (t) => {
      const { feed, signal } = await open(t)
      feed.emit('host.up', { host: 'before' })
      const subscription = feed.subscribe({ signal })
      up(feed, 'a', 'b')
      feed.emit('host.down', { host: 'a' })
      const [first, second, third] = await take(subscription, 3)
      assert.partialDeepStrictEqual(first, { name: 'host.up', data: { host: 'a' } })
      assert.partialDeepStrictEqual(second, { name: 'host.up', data: { host: 'b' }, id: first!.id + 1 })
      assert.partialDeepStrictEqual(third, { name: 'host.down', data: { host: 'a' }, id: first!.id + 2 })
    })

    test('a subscriber that waits is woken by the next event', async (t) => {
      const { feed, signal } = await open(t)
      const next = take(feed.subscribe({ signal }), 1)
      up(feed, 'a')
      assert.deepEqual(hosts(await next), ['a'])
    })

    test('each subscriber gets every event of the names it asked for', async (t) => {
      const { feed, signal } = await open(t)
      const all = feed.subscribe({ signal })
      const down = feed.subscribe({ names: ['host.down'], signal })
      up(feed, 'a')
      feed.emit('host.down', { host: 'b' })
      assert.deepEqual(hosts(await take(all, 2)), ['a', 'b'])
      assert.deepEqual(hosts(await take(down, 1)), ['b'])
    })

    test('a subscriber that comes back gets what it missed and then what happens, each once', async (t) => {
      const { feed, signal } = await open(t)
      const first = feed.subscribe({ signal })
      up(feed, 'a', 'b', 'c')
      const [a] = await take(first, 1)
      const again = feed.subscribe({ since: a!.id, signal })
      up(feed, 'd')
      assert.deepEqual(hosts(await take(again, 3)), ['b', 'c', 'd'])
    })

    test('a subscriber that comes back too late is told of a gap, and goes on with what is kept', async (t) => {
      const { feed, signal } = await open(t, { events: 3 })
      const first = feed.subscribe({ signal })
      up(feed, 'a')
      const [a] = await take(first, 1)
      up(feed, 'b', 'c', 'd', 'e')
      const again = await take(feed.subscribe({ since: a!.id, signal }), 4)
      assert.deepEqual(hosts(again), ['gap', 'c', 'd', 'e'])
      assert.equal(again[0]!.id, again[1]!.id - 1)
    })

    test('resuming from the id of a gap misses nothing more', async (t) => {
      const { feed, signal } = await open(t, { events: 3 })
      up(feed, 'a', 'b', 'c', 'd', 'e')
      const [gap] = await take(feed.subscribe({ since: 0, signal }), 1)
      assert.deepEqual(hosts(await take(feed.subscribe({ since: gap!.id, signal }), 3)), ['c', 'd', 'e'])
    })

    test('an id of another life of the feed is a gap, whether too low, too high or no id at all', async (t) => {
      const { feed, signal } = await open(t)
      up(feed, 'a')
      for (const since of [1, Number.MAX_SAFE_INTEGER, 1.5, Number.NaN]) {
        const [gap, event] = await take(feed.subscribe({ since, signal }), 2)
        assert.equal(gap!.name, 'gap')
        assert.deepEqual(hosts([event!]), ['a'])
      }
    })

    test('a slow subscriber is told of a gap and costs no more than the limit', async (t) => {
      const { feed, signal } = await open(t, { events: 5 })
      const slow = feed.subscribe({ signal })
      up(feed, 'first')
      assert.deepEqual(hosts(await take(slow, 1)), ['first'])
      up(feed, ...Array.from({ length: 100 }, (_, index) => String(index)))
      assert.deepEqual(hosts(await take(slow, 6)), ['gap', '95', '96', '97', '98', '99'])
    })

    test('what is kept is limited by its size too, except for the newest event', async (t) => {
      const { feed, signal } = await open(t, { bytes: 100 })
      const large = 'x'.repeat(200)
      up(feed, 'a', large)
      assert.deepEqual(hosts(await take(feed.subscribe({ since: 0, signal }), 2)), ['gap', large])
      up(feed, 'b')
      assert.deepEqual(hosts(await take(feed.subscribe({ since: 0, signal }), 2)), ['gap', 'b'])
    })

    test('a subscription ends when its signal aborts, before and during a wait', async (t) => {
      const { feed, stop } = await open(t)
      const waiting = take(feed.subscribe({ signal: stop.signal }), 1)
      stop.abort()
      assert.deepEqual(await waiting, [])
      up(feed, 'a')
      assert.deepEqual(await take(feed.subscribe({ since: 0, signal: stop.signal }), 1), [])
    })

    test('closing the feed ends its subscriptions', async (t) => {
      const { feed, signal } = await open(t)
      const waiting = take(feed.subscribe({ signal }), 1)
      feed.close()
      assert.deepEqual(await waiting, [])
    })
  })
}

function up(feed: Feed, ...names: string[]): void {
  for (const host of names) feed.emit('host.up', { host })
}

/** Up to `count` events; fewer where the subscription ends before. */
async function take(subscription: AsyncIterableIterator<Envelope>, count: number): Promise<Envelope[]> {
  const taken: Envelope[] = []
  while (taken.length < count) {
    const next = await within(5000, `event ${taken.length + 1} of ${count}`, subscription.next())
    if (next.done === true) break
    taken.push(next.value)
  }
  return taken
}

function hosts(envelopes: readonly Envelope[]): string[] {
  return envelopes.map((envelope) => (envelope.name === 'gap' ? 'gap' : envelope.data.host))
}
