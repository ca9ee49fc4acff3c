import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { z } from 'zod'
import { AppError, isAppError } from '#base/errors'
import { RandomIds } from '#base/ids'
import type { Database } from '#platform/db/index'
import { Jobs, type JobContext, type JobRow } from '#platform/jobs/index'
import { silentLog } from '#platform/log/index'
import { Gate } from '../fakes/gate.ts'
import { within } from '../fakes/within.ts'
import { JobWatcher } from './job-watcher.ts'
import { ManualClock } from './manual-clock.ts'
import { WatchedDatabase } from './watched-database.ts'

const LEASE_MS = 30_000
const payloadSchema = z.object({ what: z.string() })
type Payload = z.infer<typeof payloadSchema>
type Run = (job: JobContext<Payload>) => Promise<unknown>

interface NodeOptions {
  readonly maxAttempts?: number
  readonly concurrency?: number
  /** The test's clock unless the node is to fall silent: then one that stands still. */
  readonly clock?: ManualClock
}

/** A node: Jobs with one kind, `work`, and a record of every change it made. */
class Node extends JobWatcher {
  readonly jobs: Jobs
  readonly clock: ManualClock
  readonly #stop = new AbortController()

  constructor(db: Database, clock: ManualClock, name: string, run: Run, options: NodeOptions) {
    super()
    const { maxAttempts = 3, concurrency = 1 } = options
    this.clock = clock
    this.jobs = new Jobs({
      db,
      clock,
      ids: new RandomIds(),
      log: silentLog,
      node: name,
      onChange: this.onChange,
    })
    this.jobs.define('work', { schema: payloadSchema, maxAttempts, concurrency, run })
  }

  start(): Promise<void> {
    return this.jobs.start(this.#stop.signal)
  }

  enqueue(what = 'x', key?: string): Promise<JobRow> {
    return this.jobs.enqueue(
      'work',
      { what },
      { correlationId: 'c0ffee', ...(key === undefined ? {} : { key }) },
    )
  }
}

/** What background work promises, on any database. */
export function jobsContract(makeDatabase: (t: TestContext) => Promise<Database>): void {
  async function setUp(t: TestContext) {
    const nodes: Node[] = []
    // Before the database has its own hook: hooks run in the order they were set.
    t.after(() => closeAll(nodes, db))
    const db = new WatchedDatabase(await makeDatabase(t))
    const clock = new ManualClock()
    return {
      db,
      clock,
      node(name: string, run: Run, options: NodeOptions = {}): Node {
        const node = new Node(db, options.clock ?? clock, name, run, options)
        nodes.push(node)
        return node
      },
      /** Lets simulated time pass in steps, each long enough for the queue to do what is due. */
      async pass(ms: number, passing = clock): Promise<void> {
        for (let passed = 0; passed < ms; passed += 1000) {
          passing.advance(Math.min(1000, ms - passed))
          await db.quiet()
        }
      },
    }
  }
  const done: Run = async () => 'done'

  describe('background work', () => {
    test('a job runs, and its result is kept', async (t) => {
      const { node } = await setUp(t)
      const one = node('one', async ({ payload, attempt }) => ({ heard: payload.what, attempt }))
      await one.start()
      const queued = await one.jobs.enqueue(
        'work',
        { what: 'hi' },
        { correlationId: 'c0ffee', actorKeyId: 'key_1' },
      )
      assert.partialDeepStrictEqual(queued, {
        kind: 'work',
        state: 'queued',
        attempt: 0,
        correlationId: 'c0ffee',
        actorKeyId: 'key_1',
      })
      const finished = await one.sawState(queued.id, 'succeeded')
      assert.deepEqual(finished.result, { heard: 'hi', attempt: 1 })
      assert.deepEqual(await one.jobs.get(queued.id), finished)
    })

    test('jobs of a kind run in the order they were queued, as many at once as allowed', async (t) => {
      const { node, clock } = await setUp(t)
      const started: string[] = []
      const gate = new Gate()
      const one = node(
        'one',
        async ({ payload }) => {
          started.push(payload.what)
          await gate.opened
        },
        { concurrency: 2 },
      )
      const ids: string[] = []
      for (const what of ['a', 'b', 'c', 'd']) {
        ids.push((await one.enqueue(what)).id)
        clock.advance(1)
      }
      await one.start()
      await one.sawState(ids[1]!, 'running')
      assert.deepEqual(started, ['a', 'b'])
      gate.open()
      await one.sawState(ids[3]!, 'succeeded')
      assert.deepEqual(started, ['a', 'b', 'c', 'd'])
    })

    test('a job is not made from a payload of the wrong form, or of an unknown kind', async (t) => {
      const { node } = await setUp(t)
      const { jobs } = node('one', done)
      await assert.rejects(jobs.enqueue('work', { what: 7 }, { correlationId: 'c' }), {
        kind: 'invalid_input',
        code: 'job_payload_invalid',
        message: /what: /,
      })
      await assert.rejects(jobs.enqueue('unknown', {}, { correlationId: 'c' }), { code: 'job_kind_unknown' })
      await assert.rejects(jobs.get('job_unknown'), { kind: 'not_found', code: 'job_not_found' })
    })

    test('a key is taken by one unfinished job, and free again once that has finished', async (t) => {
      const { node } = await setUp(t)
      const gate = new Gate()
      const one = node('one', async () => gate.opened)
      const [first, same, other] = await Promise.all([
        one.enqueue('a', 'k'),
        one.enqueue('b', 'k'),
        one.enqueue('c', 'l'),
      ])
      assert.equal(same.id, first.id)
      assert.notEqual(other.id, first.id)
      await one.start()
      await one.sawState(first.id, 'running')
      assert.equal((await one.enqueue('d', 'k')).id, first.id)
      gate.open()
      await one.sawState(first.id, 'succeeded')
      assert.notEqual((await one.enqueue('e', 'k')).id, first.id)
    })

    test('an error that may pass is tried again after 2 s, then 8 s, and in the end the job has failed', async (t) => {
      const { node, clock, pass } = await setUp(t)
      const startedAt: number[] = []
      const begin = clock.now()
      const one = node('one', async () => {
        startedAt.push(clock.now() - begin)
        throw new AppError('upstream', 'host_away', 'The host is away.')
      })
      await one.start()
      const { id } = await one.enqueue()
      const waiting = await one.saw(
        'the first failure',
        (job) => job.state === 'queued' && job.error !== null,
      )
      assert.deepEqual(waiting.error, { code: 'host_away', message: 'The host is away.' })
      assert.equal(waiting.runAt, begin + 2000)
      await pass(2000)
      await one.saw('the second failure', (job) => job.state === 'queued' && job.attempt === 2)
      await pass(8000)
      const failed = await one.sawState(id, 'failed')
      assert.equal(failed.attempt, 3)
      assert.deepEqual(startedAt, [0, 2000, 10_000])
    })

    test('words of a stranger that no database keeps do not keep a job from ending', async (t) => {
      const { node } = await setUp(t)
      const one = node('one', async ({ progress }) => {
        progress({ done: 1, note: 'a\0b' })
        throw new AppError('not_found', 'model_not_found', 'The host said: a\0b.')
      })
      await one.start()
      assert.partialDeepStrictEqual(await one.sawState((await one.enqueue()).id, 'failed'), {
        error: { message: 'The host said: a\u{FFFD}b.' },
        progress: { note: 'a\u{FFFD}b' },
      })
    })

    test('an error that trying again cannot cure ends the job at once', async (t) => {
      const { node } = await setUp(t)
      const one = node('one', async () => {
        throw new AppError('not_found', 'model_not_found', 'There is no such model.')
      })
      await one.start()
      const { id } = await one.enqueue()
      assert.partialDeepStrictEqual(await one.sawState(id, 'failed'), {
        attempt: 1,
        error: { code: 'model_not_found' },
      })
    })

    test('an unforeseen error does not show its message', async (t) => {
      const { node } = await setUp(t)
      const one = node(
        'one',
        async () => {
          throw new Error('secret')
        },
        { maxAttempts: 1 },
      )
      await one.start()
      const { error } = await one.sawState((await one.enqueue()).id, 'failed')
      assert.equal(error?.code, 'internal_error')
      assert.doesNotMatch(error.message, /secret/)
    })

    test('progress is kept about once a second, the latest of it, and at the end', async (t) => {
      const { node, pass } = await setUp(t)
      const gates = [new Gate(), new Gate()]
      const one = node('one', async ({ progress }) => {
        for (let chunk = 1; chunk <= 100; chunk++) progress({ done: chunk, total: 200 })
        await gates[0]!.opened
        progress({ done: 200, total: 200, note: 'checking' })
      })
      await one.start()
      const { id } = await one.enqueue()
      await one.sawState(id, 'running')
      assert.equal((await one.jobs.get(id)).progress, null)
      await pass(1000)
      const noted = await one.saw('progress', (job) => job.progress !== null)
      assert.deepEqual(noted.progress, { done: 100, total: 200, note: null })
      gates[0]!.open()
      const finished = await one.sawState(id, 'succeeded')
      assert.deepEqual(finished.progress, { done: 200, total: 200, note: 'checking' })
    })

    test('cancelling a queued job ends it before it starts', async (t) => {
      const { node } = await setUp(t)
      const one = node('one', done)
      const { id } = await one.enqueue()
      assert.equal((await one.jobs.cancel(id)).state, 'cancelled')
      assert.equal((await one.jobs.cancel(id)).state, 'cancelled')
      await assert.rejects(one.jobs.cancel('job_unknown'), { code: 'job_not_found' })
      await one.start()
      const next = await one.enqueue()
      await one.sawState(next.id, 'succeeded')
      assert.equal((await one.jobs.get(id)).state, 'cancelled')
    })

    test('cancelling a running job aborts its signal', async (t) => {
      const { node } = await setUp(t)
      const one = node('one', untilAborted)
      await one.start()
      const { id } = await one.enqueue()
      await one.sawState(id, 'running')
      assert.partialDeepStrictEqual(await one.jobs.cancel(id), { state: 'running', cancelRequested: true })
      const cancelled = await one.sawState(id, 'cancelled')
      assert.equal(cancelled.error, null)
    })

    test('a node learns that another node cancelled its job when it renews its lease', async (t) => {
      const { node, pass } = await setUp(t)
      const one = node('one', untilAborted)
      const two = node('two', done)
      await one.start()
      const { id } = await one.enqueue()
      await one.sawState(id, 'running')
      await two.jobs.cancel(id)
      await pass(15_000)
      await one.sawState(id, 'cancelled')
    })

    test('a job runs once, however many nodes look for it', async (t) => {
      const { node } = await setUp(t)
      const ran: string[] = []
      const run: Run = async ({ payload }) => void ran.push(payload.what)
      const nodes = ['one', 'two', 'three'].map((name) => node(name, run, { concurrency: 5 }))
      await Promise.all(nodes.map((each) => each.start()))
      const whats = Array.from({ length: 30 }, (_, index) => `job ${index}`)
      const rows = await Promise.all(whats.map((what, index) => nodes[index % 3]!.enqueue(what)))
      const anyNode = (id: string) => Promise.any(nodes.map((each) => each.sawState(id, 'succeeded')))
      await Promise.all(rows.map((row) => anyNode(row.id)))
      assert.deepEqual(ran.sort(), whats.sort())
    })

    test('a lease is renewed for as long as the job runs', async (t) => {
      const { node, pass } = await setUp(t)
      const gate = new Gate()
      const one = node('one', async () => gate.opened)
      const two = node('two', async () => assert.fail('The job was taken away.'))
      await one.start()
      const { id } = await one.enqueue()
      await one.sawState(id, 'running')
      await two.start()
      await pass(5 * LEASE_MS)
      gate.open()
      assert.equal((await one.sawState(id, 'succeeded')).attempt, 1)
    })

    test('when a node falls silent, another takes its job over, and the first can change nothing any more', async (t) => {
      const { node, pass } = await setUp(t)
      const gates = { silent: new Gate(), other: new Gate() }
      const silent = node(
        'silent',
        async ({ progress }) => {
          await gates.silent.opened
          progress({ done: 1 })
          return 'outdated'
        },
        { clock: new ManualClock() },
      )
      await silent.start()
      const { id } = await silent.enqueue()
      await silent.sawState(id, 'running')
      const other = node('other', async ({ attempt, fence }) => {
        await gates.other.opened
        return { attempt, fence }
      })
      await other.start()
      await pass(LEASE_MS - 1000)
      assert.equal((await other.jobs.get(id)).attempt, 1)
      await pass(1000)
      const taken = await other.saw('the takeover', (job) => job.attempt === 2)

      gates.silent.open()
      await silent.jobs.close()
      assert.partialDeepStrictEqual(await other.jobs.get(id), { ...taken, progress: null })
      gates.other.open()
      assert.deepEqual((await other.sawState(id, 'succeeded')).result, { attempt: 2, fence: 2 })
    })

    test('a node that wakes up after its lease was taken is told so by the signal', async (t) => {
      const { node, pass } = await setUp(t)
      const gate = new Gate()
      const silentClock = new ManualClock()
      const aborted = Promise.withResolvers<unknown>()
      const silent = node(
        'silent',
        async ({ signal }) => {
          signal.addEventListener('abort', () => {
            aborted.resolve(signal.reason)
          })
          await gate.opened
        },
        { clock: silentClock },
      )
      await silent.start()
      const { id } = await silent.enqueue()
      await silent.sawState(id, 'running')
      const other = node('other', async () => gate.opened)
      await other.start()
      await pass(LEASE_MS)
      await other.saw('the takeover', (job) => job.attempt === 2)

      await pass(LEASE_MS, silentClock)
      const reason = await within(10_000, 'the abort', aborted.promise)
      assert.ok(isAppError(reason))
      assert.equal(reason.code, 'job_lease_lost')
      gate.open()
      await other.sawState(id, 'succeeded')
    })

    test('a node that starts again takes back its own jobs at once', async (t) => {
      const { node } = await setUp(t)
      const dead = node('one', untilAborted, { clock: new ManualClock() })
      await dead.start()
      const { id } = await dead.enqueue()
      await dead.sawState(id, 'running')

      const reborn = node('one', async ({ attempt, fence }) => ({ attempt, fence }))
      await reborn.start()
      assert.deepEqual((await reborn.sawState(id, 'succeeded')).result, { attempt: 2, fence: 2 })
    })

    test('a job that its nodes never survive is not started for ever', async (t) => {
      const { node } = await setUp(t)
      const one = node('one', done, { maxAttempts: 1 })
      const { id } = await one.enqueue()
      for (let start = 1; start <= 4; start++) {
        const victim = node('one', untilAborted, { maxAttempts: 1, clock: new ManualClock() })
        await victim.start()
        await victim.saw(`start ${start}`, (job) => job.state === 'running' && job.attempt === start)
      }
      await one.start()
      assert.deepEqual((await one.sawState(id, 'failed')).error?.code, 'job_lost')
    })

    test('a cancelled job whose node fell silent ends instead of starting again', async (t) => {
      const { node } = await setUp(t)
      const dead = node('one', untilAborted, { clock: new ManualClock() })
      await dead.start()
      const { id } = await dead.enqueue()
      await dead.sawState(id, 'running')
      const reborn = node('one', async () => assert.fail('The job was started again.'))
      await reborn.jobs.cancel(id)
      await reborn.start()
      await reborn.sawState(id, 'cancelled')
    })

    test('stopping gives running jobs back to the queue, as if they had not been started', async (t) => {
      const { node } = await setUp(t)
      const one = node('one', untilAborted)
      await one.start()
      const { id } = await one.enqueue()
      await one.sawState(id, 'running')
      await one.jobs.close()
      assert.partialDeepStrictEqual(await one.jobs.get(id), { state: 'queued', attempt: 0, error: null })

      const next = node('one', async ({ attempt, fence }) => ({ attempt, fence }))
      await next.start()
      assert.deepEqual((await next.sawState(id, 'succeeded')).result, { attempt: 1, fence: 2 })
    })

    test('stopping does not wait longer than 5 s for a job that does not listen', async (t) => {
      const { node, clock } = await setUp(t)
      const gate = new Gate()
      const one = node('one', async () => gate.opened)
      await one.start()
      const { id } = await one.enqueue()
      await one.sawState(id, 'running')
      const closed = one.jobs.close()
      await one.jobs.get(id)
      clock.advance(5000)
      await within(10_000, 'the queue to close', closed)
      assert.equal((await one.jobs.get(id)).state, 'queued')
      gate.open()
    })

    test('a job that finishes although it was told to stop has succeeded', async (t) => {
      const { node } = await setUp(t)
      const gate = new Gate()
      const one = node('one', async ({ signal }) => {
        signal.addEventListener('abort', () => {
          gate.open()
        })
        await gate.opened
        return 'just in time'
      })
      await one.start()
      const { id } = await one.enqueue()
      await one.sawState(id, 'running')
      await one.jobs.close()
      assert.partialDeepStrictEqual(await one.jobs.get(id), { state: 'succeeded', result: 'just in time' })
    })

    test('finished jobs are forgotten after 30 days, unfinished ones never', async (t) => {
      const { db, node, clock } = await setUp(t)
      const one = node('one', done)
      const finished = await one.enqueue('finished')
      await one.jobs.cancel(finished.id)
      await one.enqueue('kept')

      const days = 24 * 60 * 60_000
      const onDay30 = node('two', untilAborted, { clock: new ManualClock(clock.now() + 30 * days) })
      await onDay30.start()
      await db.quiet()
      assert.equal((await one.jobs.list({ limit: 10 })).length, 2)

      const afterwards = node('three', untilAborted, { clock: new ManualClock(clock.now() + 30 * days + 1) })
      await afterwards.start()
      await db.quiet()
      assert.deepEqual(
        (await one.jobs.list({ limit: 10 })).map((job) => job.payload),
        [{ what: 'kept' }],
      )
    })

    test('the newest jobs are listed first, by page, state and kind', async (t) => {
      const { node, clock } = await setUp(t)
      const one = node('one', done)
      const ids: string[] = []
      for (let index = 0; index < 5; index++) {
        if (index !== 3) clock.advance(1)
        ids.unshift((await one.enqueue()).id)
      }
      await one.jobs.cancel(ids[4]!)
      const listed = async (filter: Parameters<Jobs['list']>[0]) =>
        (await one.jobs.list(filter)).map((job) => job.id)
      const all = await listed({ limit: 10 })
      assert.deepEqual([...all].sort(), [...ids].sort())
      const firstPage = await listed({ limit: 3 })
      assert.deepEqual([...firstPage, ...(await listed({ limit: 3, before: firstPage[2]! }))], all)
      assert.deepEqual(await listed({ limit: 10, state: 'cancelled' }), [ids[4]])
      assert.deepEqual(await listed({ limit: 10, kind: 'other' }), [])
    })
  })
}

/** Closes the nodes, and lets time pass for jobs that do not end by themselves. */
async function closeAll(nodes: readonly Node[], db: WatchedDatabase): Promise<void> {
  const all = { closed: false }
  const closing = Promise.all(nodes.map((node) => node.jobs.close())).finally(() => {
    all.closed = true
  })
  while (!all.closed) {
    for (const { clock } of nodes) clock.advance(1000)
    await db.quiet()
  }
  await closing
}

/** A job that does nothing but end when it is told to. */
const untilAborted: Run = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason as Error)
    })
  })
