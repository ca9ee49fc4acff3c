import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { RandomIds } from '#base/ids'
import { systemClock } from '#base/time'
import { silentLog } from '#platform/log/index'
import { jobsContract } from '../../../test/contracts/jobs-contract.ts'
import { stepJob } from '../../../test/contracts/killed-job-child.ts'
import { JobWatcher } from '../../../test/contracts/job-watcher.ts'
import {
  forEachDatabase,
  newPostgresUrl,
  openAt,
  openFor,
  withoutPostgres,
} from '../../../test/harness/each-database.ts'
import { Jobs } from './jobs.ts'

forEachDatabase((on) => {
  jobsContract(async (t) => openFor(t, await on.newPlace()))

  test('a job that kill -9 interrupted runs again after the restart', async (t) => {
    const place = await on.newPlace()
    const script = join(import.meta.dirname, '../../../test/contracts/killed-job-child.ts')
    const victim = spawn(process.execPath, [...process.execArgv, script, JSON.stringify(place)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [id] = (await once(victim.stdout.setEncoding('utf8'), 'data')) as [string]
    victim.kill('SIGKILL')
    await once(victim, 'exit')

    const db = await openFor(t, place)
    const finished = Promise.withResolvers<unknown>()
    const jobs = new Jobs({
      db,
      clock: systemClock,
      ids: new RandomIds(),
      log: silentLog,
      node: 'home',
      onChange: (job) => {
        if (job.state === 'succeeded') finished.resolve(job)
      },
    })
    t.after(() => jobs.close())
    jobs.define(
      'step',
      stepJob(async ({ attempt }) => attempt),
    )
    await jobs.start(new AbortController().signal)
    assert.partialDeepStrictEqual(await finished.promise, { id, result: 2 })
    await jobs.close()
  })
})

describe('nodes with connections of their own', { skip: withoutPostgres() ?? false }, () => {
  test('share the jobs: each runs once', async (t) => {
    const url = await newPostgresUrl()
    const ran: string[] = []
    const done = new JobWatcher()
    const nodes = await Promise.all(
      ['one', 'two', 'three'].map(async (node) => {
        const db = await openAt({ url })
        const jobs = new Jobs({
          db,
          clock: systemClock,
          ids: new RandomIds(),
          log: silentLog,
          node,
          onChange: done.onChange,
        })
        t.after(async () => {
          await jobs.close()
          await db.close()
        })
        jobs.define('count', {
          schema: z.string(),
          maxAttempts: 1,
          concurrency: 3,
          run: async ({ payload }) => void ran.push(payload),
        })
        return jobs
      }),
    )
    const names = Array.from({ length: 60 }, (_, index) => `job ${index}`)
    const rows = await Promise.all(
      names.map((name, index) => nodes[index % 3]!.enqueue('count', name, { correlationId: 'c0ffee' })),
    )
    await Promise.all(nodes.map((jobs) => jobs.start(new AbortController().signal)))
    for (const { id } of rows) await done.sawState(id, 'succeeded')
    assert.deepEqual(ran.sort(), names.sort())
  })
})
