import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { z } from 'zod'
import type { Actor } from '#base/actor'
import { RandomIds } from '#base/ids'
import { FolderBlobs } from '#platform/blobs/index'
import type { DatabasePlace } from '#platform/db/index'
import { Downloader } from '#platform/fetch/index'
import { Jobs } from '#platform/jobs/index'
import { silentLog } from '#platform/log/index'
import { FileServer, type FileServerOptions } from '../../test/contracts/file-server.ts'
import { chatModel, ggufFile } from '../../test/contracts/gguf-file.ts'
import { JobWatcher } from '../../test/contracts/job-watcher.ts'
import { ManualClock } from '../../test/contracts/manual-clock.ts'
import { tempFolder } from '../../test/contracts/temp-folder.ts'
import { WatchedDatabase } from '../../test/contracts/watched-database.ts'
import { forEachDatabase, openAt, type DatabaseKind } from '../../test/harness/each-database.ts'
import { until } from '../../test/harness/until.ts'
import { Catalog } from './catalog.ts'
import { modelFileSchema, pullJobSchema, type PullRequest } from './contract.ts'
import { ModelFiles, type ModelChanges } from './model-files.ts'
import { ModelPullStore } from './model-pull-store.ts'

const GIB = 1024 ** 3
const actor: Actor = { keyId: 'key_1', kind: 'person', user: 'Ada', via: 'key', scope: 'admin' }
const model = chatModel('Tiny', 300_000)
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** A Hearth as far as model files go, on a folder of its own. `restart` ends it and begins another. */
async function setUp(t: TestContext, on: DatabaseKind, data = tempFolder(), place?: DatabasePlace) {
  const where = place ?? (await on.newPlace())
  const clock = new ManualClock()
  const closers: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const close of closers.reverse()) await close()
  })
  const db = new WatchedDatabase(await openAt(where))
  closers.push(() => db.close())
  const blobs = new FolderBlobs({ dir: join(data, 'blobs'), ids: new RandomIds() })
  await blobs.start()
  const watcher = new JobWatcher()
  const jobs = new Jobs({
    db,
    clock,
    ids: new RandomIds(),
    log: silentLog,
    node: 'home',
    onChange: watcher.onChange,
  })
  closers.push(() => jobs.close())
  const downloader = new Downloader({ log: silentLog })
  closers.push(() => downloader.close())
  const models = join(data, 'models')
  const changes: ModelChanges[] = []
  const space = { freeBytes: 100 * GIB }
  const catalog = new Catalog({
    files: new ModelFiles({
      folder: models,
      named: [],
      log: silentLog,
      onChange: (change) => changes.push(change),
    }),
    blobs,
    jobs,
    store: new ModelPullStore(db),
    clock,
    log: silentLog,
    download: (url, options) => downloader.get(url, options),
    freeBytes: async () => space.freeBytes,
  })
  await catalog.start()
  await jobs.start(new AbortController().signal)
  return {
    catalog,
    clock,
    jobs,
    models,
    changes,
    space,
    watcher,
    staged: () => readdirSync(join(data, 'blobs', 'staging')),
    storedBlobs: () =>
      readdirSync(join(data, 'blobs'), { recursive: true }).filter((name) => String(name).length > 60),
    pull: (request: PullRequest) => catalog.pull(request, actor, 'c0ffee'),
    restart: async (meanwhile?: () => void) => {
      for (const close of closers.splice(0).reverse()) await close()
      meanwhile?.()
      return setUp(t, on, data, where)
    },
    /** Waits until so much of a download is known to have arrived. */
    async progressed(id: string, bytes: number) {
      await watcher.sawState(id, 'running')
      await until(`${bytes} bytes to arrive`, async () => {
        clock.advance(1000)
        await db.quiet()
        return watcher.has((job) => job.id === id && (job.progress?.done ?? 0) >= bytes)
      })
    },
    /** Lets the queue start what waits for its next attempt. */
    async untilNextAttempt(id: string, attempt: number) {
      await watcher.saw(
        `attempt ${attempt} to fail`,
        (job) => job.id === id && job.state === 'queued' && job.attempt === attempt,
      )
      // The queue sets its timer in the round after.
      await db.quiet()
      clock.advance(2 * 4 ** (attempt - 1) * 1000)
    },
  }
}

async function serve(t: TestContext, options: Partial<FileServerOptions> = {}): Promise<FileServer> {
  const server = new FileServer({ body: model, etag: '"v1"', ...options })
  await server.start(t)
  return server
}

forEachDatabase((on) => {
  test('a pulled model is downloaded, checked and listed', async (t) => {
    const server = await serve(t)
    const { catalog, models, changes, watcher, pull, staged } = await setUp(t, on)
    const queued = await pull({ source: server.url() })
    assert.partialDeepStrictEqual(pullJobSchema.parse(queued), {
      state: 'queued',
      model: 'tiny',
      source: server.url(),
    })

    const job = await watcher.sawState(queued.id, 'succeeded')
    assert.deepEqual(job.result, { file: 'tiny.gguf', sha256: sha(model), size_bytes: model.length })
    assert.equal(job.actorKeyId, 'key_1')
    assert.deepEqual(readFileSync(join(models, 'tiny.gguf')), model)
    assert.equal(server.requests[0]!['accept-encoding'], 'identity')
    assert.deepEqual(staged(), [])

    const [listed] = await catalog.list()
    assert.deepEqual(modelFileSchema.parse(listed), {
      id: 'tiny',
      file: 'tiny.gguf',
      path: join(models, 'tiny.gguf'),
      size_bytes: model.length,
      modified_at: listed!.modified_at,
      managed: true,
      source: server.url(),
      sha256: sha(model),
      architecture: 'llama',
      name: 'Tiny',
      context_length: 4096,
      quantization: 'Q4_K_M',
      parameter_count: 1600,
      embedding: false,
      has_chat_template: true,
      problem: null,
    })
    assert.deepEqual(await catalog.show('tiny'), listed)
    assert.equal(changes.at(-1)?.added[0]?.id, 'tiny')
    assert.partialDeepStrictEqual((await catalog.pulls({ limit: 10 }))[0], {
      state: 'succeeded',
      done_bytes: model.length,
      total_bytes: model.length,
    })
  })

  test('a download that was cut goes on where it ended', async (t) => {
    const server = await serve(t, { stallAfterBytes: 100_000 })
    const { watcher, models, pull, progressed, staged, untilNextAttempt } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    await progressed(id, 100_000)
    server.cut()
    const failed = await watcher.saw('the cut', (job) => job.error !== null)
    assert.equal(failed.error?.code, 'download_cut')
    assert.equal(staged().length, 1)

    server.options = { body: model, etag: '"v1"' }
    await untilNextAttempt(id, 1)
    await watcher.sawState(id, 'succeeded')
    assert.partialDeepStrictEqual(server.requests[1], { range: 'bytes=100000-', 'if-range': '"v1"' })
    assert.deepEqual(readFileSync(join(models, 'tiny.gguf')), model)
  })

  test('a download goes on after Hearth was stopped in the middle of it', async (t) => {
    const server = await serve(t, { stallAfterBytes: 100_000 })
    const first = await setUp(t, on)
    const { id } = await first.pull({ source: server.url() })
    await first.progressed(id, 100_000)
    const second = await first.restart(() => {
      server.options = { body: model, etag: '"v1"' }
    })
    await second.watcher.sawState(id, 'succeeded')
    assert.partialDeepStrictEqual(server.requests[1], { range: 'bytes=100000-', 'if-range': '"v1"' })
    assert.deepEqual(readFileSync(join(second.models, 'tiny.gguf')), model)
  })

  test('a file that changed on the server meanwhile is downloaded anew', async (t) => {
    const server = await serve(t, { stallAfterBytes: 100_000 })
    const { watcher, models, pull, progressed, untilNextAttempt } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    const newer = chatModel('Newer', 200_000)
    await progressed(id, 100_000)
    server.cut()
    await watcher.saw('the cut', (job) => job.error !== null)
    server.options = { body: newer, etag: '"v2"' }
    await untilNextAttempt(id, 1)
    await watcher.sawState(id, 'succeeded')
    assert.equal(server.requests[1]!['if-range'], '"v1"')
    assert.deepEqual(readFileSync(join(models, 'tiny.gguf')), newer)
  })

  test('a server that ignores ranges is asked for the whole, and what was there is replaced', async (t) => {
    const server = await serve(t, { stallAfterBytes: 100_000, ranges: false })
    const { watcher, models, pull, progressed, untilNextAttempt } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    await progressed(id, 100_000)
    server.cut()
    await watcher.saw('the cut', (job) => job.error !== null)
    server.options = { body: model, etag: '"v1"', ranges: false }
    await untilNextAttempt(id, 1)
    await watcher.sawState(id, 'succeeded')
    assert.equal(server.requests[1]!.range, 'bytes=100000-')
    assert.deepEqual(readFileSync(join(models, 'tiny.gguf')), model)
  })

  for (const [what, sha256, range] of [
    ['begun anew', undefined, undefined],
    ['continued where the SHA-256 is known', sha(model), 'bytes=100000-'],
  ] as const) {
    test(`without an ETag a download that was cut is ${what}`, async (t) => {
      const server = await serve(t, { stallAfterBytes: 100_000, etag: undefined })
      const { watcher, pull, progressed, untilNextAttempt } = await setUp(t, on)
      const { id } = await pull({ source: server.url(), ...(sha256 === undefined ? {} : { sha256 }) })
      await progressed(id, 100_000)
      server.options = { body: model }
      server.cut()
      await watcher.saw('the cut', (job) => job.error !== null)
      await untilNextAttempt(id, 1)
      await watcher.sawState(id, 'succeeded')
      assert.equal(server.requests[1]!.range, range)
    })
  }

  test('a connection that is cut after a good part is taken up at once', async (t) => {
    const large = chatModel('Large', 20 * 1024 * 1024)
    const server = await serve(t, { body: large, stallAfterBytes: 17 * 1024 * 1024 })
    const { watcher, pull, progressed } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    await progressed(id, 17 * 1024 * 1024)
    server.options = { body: large, etag: '"v1"' }
    server.cut()
    const job = await watcher.sawState(id, 'succeeded')
    assert.equal(job.attempt, 1)
    assert.equal(server.requests[1]!.range, `bytes=${17 * 1024 * 1024}-`)
  })

  test('a file of another SHA-256 than asked for is thrown away', async (t) => {
    const server = await serve(t)
    const { catalog, watcher, pull, staged, storedBlobs } = await setUp(t, on)
    const { id } = await pull({ source: server.url(), sha256: '0'.repeat(64) })
    const { error } = await watcher.sawState(id, 'failed')
    assert.equal(error?.code, 'model_hash_mismatch')
    assert.match(error.message, new RegExp(`SHA-256 ${sha(model)} instead of 0000`))
    assert.deepEqual([staged(), storedBlobs(), await catalog.list()], [[], [], []])
  })

  test('a file of another SHA-256 than the server names is thrown away', async (t) => {
    const server = await serve(t, { headers: { 'x-linked-etag': `"${'1'.repeat(64)}"` } })
    const { watcher, pull, staged } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    assert.equal((await watcher.sawState(id, 'failed')).error?.code, 'model_hash_mismatch')
    assert.deepEqual(staged(), [])
  })

  test('a content that is here already does not travel again', async (t) => {
    const server = await serve(t, { headers: { 'x-linked-etag': `"${sha(model)}"` } })
    const { catalog, watcher, models, pull } = await setUp(t, on)
    await watcher.sawState((await pull({ source: server.url() })).id, 'succeeded')
    server.options = { ...server.options, stallAfterBytes: 0 }
    await watcher.sawState((await pull({ source: server.url(), name: 'same' })).id, 'succeeded')
    await watcher.sawState(
      (await pull({ source: server.url(), name: 'asked', sha256: sha(model) })).id,
      'succeeded',
    )
    assert.equal(server.requests.length, 2)
    assert.deepEqual(
      (await catalog.list()).map((known) => known.id),
      ['asked', 'same', 'tiny'],
    )
    assert.equal(statSync(join(models, 'tiny.gguf')).nlink, 4)
  })

  test('what is no GGUF file is not downloaded further than its first bytes', async (t) => {
    const page = Buffer.from('<!doctype html><title>Sign in</title>'.repeat(1000))
    const server = await serve(t, { body: page, stallAfterBytes: 2000 })
    const { watcher, pull, staged } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    assert.equal((await watcher.sawState(id, 'failed')).error?.code, 'model_not_gguf')
    assert.deepEqual(staged(), [])
  })

  test('a GGUF file that is damaged is not put among the models', async (t) => {
    const server = await serve(t, { body: model.subarray(0, 250), announcesLength: false })
    const { catalog, watcher, pull, storedBlobs } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    assert.equal((await watcher.sawState(id, 'failed')).error?.code, 'model_file_damaged')
    assert.deepEqual([storedBlobs(), await catalog.list()], [[], []])
  })

  test('a disk without room is told before anything is downloaded', async (t) => {
    const server = await serve(t)
    const { watcher, space, pull } = await setUp(t, on)
    space.freeBytes = 1000
    const { id } = await pull({ source: server.url() })
    const { error } = await watcher.sawState(id, 'failed')
    assert.equal(error?.code, 'disk_space_short')
    assert.match(error.message, /needs 64\.3 MiB more on the disk of the data folder, which has 1000 B free/)
  })

  for (const [status, code] of [
    [401, 'model_gated'],
    [403, 'model_gated'],
    [404, 'model_source_not_found'],
  ] as const) {
    test(`status ${status} ends the pull with ${code}`, async (t) => {
      const server = await serve(t, { status })
      const { watcher, pull } = await setUp(t, on)
      const { id } = await pull({ source: server.url() })
      const job = await watcher.sawState(id, 'failed')
      assert.equal(job.error?.code, code)
      assert.equal(server.requests.length, 1)
    })
  }

  test('a server that is away is tried again', async (t) => {
    const server = await serve(t, { status: 503 })
    const { watcher, pull, untilNextAttempt } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    const waiting = await watcher.saw('the failure', (job) => job.error !== null)
    assert.equal(waiting.error?.code, 'model_source_unavailable')
    server.options = { body: model }
    await untilNextAttempt(id, 1)
    await watcher.sawState(id, 'succeeded')
  })

  test('cancelling a download ends it at once and throws away what has arrived', async (t) => {
    const server = await serve(t, { stallAfterBytes: 100_000 })
    const { catalog, pull, progressed, watcher, staged } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    await progressed(id, 100_000)
    assert.equal(staged().length, 1)
    await catalog.cancelPull(id)
    await watcher.sawState(id, 'cancelled')
    assert.deepEqual([staged(), await catalog.list()], [[], []])
  })

  test('cancelling a download that waits for its next attempt throws away what has arrived', async (t) => {
    const server = await serve(t, { stallAfterBytes: 100_000 })
    const { catalog, pull, watcher, progressed, staged } = await setUp(t, on)
    const { id } = await pull({ source: server.url() })
    await progressed(id, 100_000)
    server.cut()
    await watcher.saw('the cut', (job) => job.error !== null)
    assert.equal(staged().length, 1)
    assert.equal((await catalog.cancelPull(id)).state, 'cancelled')
    assert.deepEqual(staged(), [])
  })

  test('only downloads can be cancelled as such', async (t) => {
    const { catalog, jobs } = await setUp(t, on)
    jobs.define('other', { schema: z.null(), maxAttempts: 1, run: async () => null })
    const { id } = await jobs.enqueue('other', null, { correlationId: 'c0ffee' })
    for (const job of [id, 'job_unknown']) {
      await assert.rejects(catalog.cancelPull(job), { kind: 'not_found', code: 'model_pull_not_found' })
    }
  })

  test('the same pull asked for twice is one job; another under its name is refused', async (t) => {
    const server = await serve(t, { stallAfterBytes: 100_000 })
    const { pull } = await setUp(t, on)
    const first = await pull({ source: server.url() })
    assert.equal((await pull({ source: server.url() })).id, first.id)
    await assert.rejects(pull({ source: server.url('/other/tiny.gguf') }), {
      kind: 'conflict',
      code: 'model_pull_running',
    })
  })

  test('a pull does not replace a file that came from elsewhere', async (t) => {
    const server = await serve(t)
    const { models, pull, watcher } = await setUp(t, on)
    writeFileSync(join(models, 'tiny.gguf'), 'mine')
    await assert.rejects(pull({ source: server.url() }), {
      kind: 'conflict',
      code: 'model_exists',
      param: 'name',
    })
    const { id } = await pull({ source: server.url(), name: 'another' })
    await watcher.sawState(id, 'succeeded')
    assert.equal(readFileSync(join(models, 'tiny.gguf'), 'utf8'), 'mine')
  })

  test('pulling a model again brings its newer version, and the older content goes', async (t) => {
    const server = await serve(t)
    const { models, pull, watcher, changes, storedBlobs } = await setUp(t, on)
    await watcher.sawState((await pull({ source: server.url() })).id, 'succeeded')
    const newer = chatModel('Newer', 1000)
    server.options = { body: newer, etag: '"v2"' }
    await watcher.sawState((await pull({ source: server.url() })).id, 'succeeded')
    assert.deepEqual(readFileSync(join(models, 'tiny.gguf')), newer)
    assert.equal(storedBlobs().length, 1)
    assert.partialDeepStrictEqual(changes.at(-1)?.added[0], { id: 'tiny', facts: { name: 'Newer' } })
    assert.equal(changes.at(-1)?.removed[0]?.id, 'tiny')
  })

  test('deleting a model frees its content, unless another has the same', async (t) => {
    const server = await serve(t)
    const { catalog, models, pull, watcher, storedBlobs, changes } = await setUp(t, on)
    for (const name of ['one', 'two']) {
      await watcher.sawState((await pull({ source: server.url(), name })).id, 'succeeded')
    }
    assert.deepEqual(await catalog.delete('one', actor), { id: 'one', freed_bytes: 0 })
    assert.equal(existsSync(join(models, 'one.gguf')), false)
    assert.equal(storedBlobs().length, 1)
    assert.equal(changes.at(-1)?.removed[0]?.id, 'one')
    assert.deepEqual(await catalog.delete('two', actor), { id: 'two', freed_bytes: model.length })
    assert.deepEqual(storedBlobs(), [])
    await assert.rejects(catalog.delete('two', actor), { kind: 'not_found', code: 'model_file_not_found' })
  })

  test('a model somebody put into the folder can be deleted too, with all its parts', async (t) => {
    const { catalog, models } = await setUp(t, on)
    for (const part of [1, 2]) writeFileSync(join(models, `big-0000${part}-of-00002.gguf`), ggufFile())
    await catalog.refresh()
    await catalog.delete('big', actor)
    assert.deepEqual(readdirSync(models), [])
  })

  test('a model that is not there is answered with near names', async (t) => {
    const { catalog, models } = await setUp(t, on)
    writeFileSync(join(models, 'qwen3-4b.gguf'), ggufFile())
    await catalog.refresh()
    await assert.rejects(catalog.show('qwen3-8b'), {
      code: 'model_file_not_found',
      message: /Near names: qwen3-4b\./,
    })
  })

  test('a restart frees the content of a model whose file was deleted by hand', async (t) => {
    const server = await serve(t)
    const first = await setUp(t, on)
    await first.watcher.sawState((await first.pull({ source: server.url() })).id, 'succeeded')
    rmSync(join(first.models, 'tiny.gguf'))
    const second = await first.restart()
    assert.deepEqual(second.storedBlobs(), [])
  })
})
