import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { RandomIds } from '#base/ids'
import { systemClock } from '#base/time'
import { openSqlite, type Database } from '#platform/db/index'
import { silentLog } from '#platform/log/index'
import { jobsContract } from '../../../test/contracts/jobs-contract.ts'
import { tempFolder } from '../../../test/contracts/temp-folder.ts'
import { stepJob } from '../../../test/contracts/killed-job-child.ts'
import { Jobs } from './jobs.ts'

async function openIn(t: TestContext, folder: string, migrationsDir: string): Promise<Database> {
  const file = join(folder, 'hearth.db')
  const database = await openSqlite({ file, migrationsDir, clock: systemClock, log: silentLog })
  t.after(() => database.close())
  return database
}

jobsContract('Jobs on SQLite', (t, migrationsDir) => openIn(t, tempFolder(), migrationsDir))

test('a job that kill -9 interrupted runs again after the restart', async (t) => {
  const folder = tempFolder()
  const script = join(import.meta.dirname, '../../../test/contracts/killed-job-child.ts')
  const victim = spawn(process.execPath, [...process.execArgv, script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [id] = (await once(victim.stdout.setEncoding('utf8'), 'data')) as [string]
  victim.kill('SIGKILL')
  await once(victim, 'exit')

  const db = await openIn(t, folder, join(import.meta.dirname, '../../../migrations'))
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
})
