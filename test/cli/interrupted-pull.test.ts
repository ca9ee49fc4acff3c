import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PullJob } from '#catalog/contract'
import { tempFolder } from '../contracts/temp-folder.ts'
import { endOf, hearth, hearthJson, spawnHearth } from '../harness/hearth-command.ts'
import { HearthProcess } from '../harness/hearth-process.ts'
import { filesIn, goOn, serveModel, untilArrived } from './model-server.ts'
import { CTRL_C, HAS_TERMINALS, Terminal } from './terminal.ts'

const SOME_BYTES = 64 * 1024

test(
  'a download of a running Hearth is watched, left and followed again, and survives a cut connection',
  { skip: !HAS_TERMINALS },
  async (t) => {
    const files = await serveModel(t, { stallAfterBytes: SOME_BYTES })
    await using server = await HearthProcess.start()
    const here = { HEARTH_DATA: server.data }
    const pull = ['models', 'pull', files.url()]

    await using watching = new Terminal(pull, here)
    await watching.shows('64.0 KiB of ')
    watching.type(CTRL_C)
    await watching.shows(`The download of tiny goes on in the Hearth at ${server.url}`)
    await watching.shows('`hearth models cancel job_')
    assert.equal(await watching.end(), 130)

    await using again = new Terminal(pull, here)
    await again.shows('64.0 KiB of ')
    goOn(files)
    await again.shows('The download ended after 64.0 KiB')
    await again.shows('Trying again in ')
    await again.shows('Pulled tiny: ')
    assert.equal(await again.end(), 0)
    assert.deepEqual(
      files.requests.map(({ range }) => range),
      [undefined, `bytes=${SOME_BYTES}-`],
    )
  },
)

test('a download that somebody cancels is a failure for who watches it, exit 1', async (t) => {
  const files = await serveModel(t, { stallAfterBytes: SOME_BYTES })
  await using server = await HearthProcess.start()
  const here = { env: { HEARTH_DATA: server.data } }
  const watching = hearth(['models', 'pull', files.url()], here)
  await untilArrived(server.data, SOME_BYTES)
  const headers = { authorization: `Bearer ${server.adminKey}` }
  const answer = await fetch(`${server.url}/api/models/pulls`, { headers })
  const { items } = (await answer.json()) as { items: PullJob[] }
  const cancelled = await hearth(['models', 'cancel', items[0]!.id], here)
  assert.match(cancelled.stdout, /^The download of tiny (is being|was) cancelled\.\n$/)
  const { code, stderr } = await watching
  assert.equal(code, 1)
  assert.match(stderr, /^hearth: The download was cancelled\./)
  assert.deepEqual(filesIn(server.data, 'blobs'), [])
})

test(
  'on a stopped Hearth Ctrl-C keeps what has arrived, which holds up no other download',
  { skip: !HAS_TERMINALS },
  async (t) => {
    const files = await serveModel(t, { stallAfterBytes: SOME_BYTES })
    const others = await serveModel(t)
    const data = tempFolder()
    const pull = ['models', 'pull', files.url(), '--data', data]

    await using terminal = new Terminal(pull)
    await terminal.shows('64.0 KiB of ')
    terminal.type(CTRL_C)
    await terminal.shows('Stopped downloading tiny. What has arrived is kept')
    assert.equal(await terminal.end(), 130)

    assert.equal((await hearth(['models', 'pull', others.url('/other.gguf'), '--data', data])).code, 0)

    goOn(files)
    const job = await hearthJson<PullJob>(pull)
    assert.deepEqual([job.state, job.attempt], ['succeeded', 1])
    assert.equal(files.requests[1]!.range, `bytes=${SOME_BYTES}-`)
  },
)

test('a download that was killed is taken up by the next one of the same source', async (t) => {
  const files = await serveModel(t, { stallAfterBytes: SOME_BYTES })
  const data = tempFolder()
  const pull = ['models', 'pull', files.url(), '--data', data]
  const killed = spawnHearth(pull)
  await untilArrived(data, SOME_BYTES)
  killed.kill('SIGKILL')
  await endOf(killed, 'the download to be dead')

  goOn(files)
  assert.equal((await hearthJson<PullJob>(pull)).state, 'succeeded')
  assert.equal(files.requests.at(-1)!.range, `bytes=${SOME_BYTES}-`)
})
