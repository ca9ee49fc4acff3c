// The victim of the restart test: prints the id of a job once that runs, and runs it until it is killed.
import { writeSync } from 'node:fs'
import { z } from 'zod'
import { RandomIds } from '#base/ids'
import { systemClock } from '#base/time'
import type { DatabasePlace } from '#platform/db/index'
import { Jobs, type JobContext, type JobDefinition } from '#platform/jobs/index'
import { silentLog } from '#platform/log/index'
import { openAt } from '../harness/each-database.ts'

export function stepJob(run: (job: JobContext<null>) => Promise<unknown>): JobDefinition<null, unknown> {
  return { schema: z.null(), maxAttempts: 1, run }
}

if (import.meta.main) {
  const db = await openAt(JSON.parse(process.argv[2]!) as DatabasePlace)
  const jobs = new Jobs({ db, clock: systemClock, ids: new RandomIds(), log: silentLog, node: 'home' })
  const killed = Promise.withResolvers<never>()
  jobs.define(
    'step',
    stepJob(({ id }) => {
      writeSync(1, id)
      return killed.promise
    }),
  )
  await jobs.start(new AbortController().signal)
  await jobs.enqueue('step', null, { correlationId: 'c0ffee' })
}
