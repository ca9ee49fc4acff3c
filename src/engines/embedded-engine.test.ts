import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { SELFTEST_MODEL_ID } from '#selftest/index'
import {
  chat,
  engineFor,
  eventually,
  failure,
  ManualClock,
  NEVER,
  response,
  send,
} from './engine-fixture.test.ts'

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a model is loaded once, when the first asks, in a process of its own', async (t) => {
  const tested = await engineFor(t)
  assert.deepEqual(tested.status(), {
    id: SELFTEST_MODEL_ID,
    path: tested.modelPath,
    selftest: true,
    state: 'unloaded',
    progress: 0,
    restarts: 0,
  })
  const [first, second] = await Promise.all([tested.ready(), tested.ready()])
  assert.equal(first, second)
  const { state, progress, contextLength, pid, sizeBytes } = tested.status()
  assert.deepEqual([state, progress, contextLength], ['ready', 1, 8192])
  assert.ok(sizeBytes! > 1_000_000)
  assert.notEqual(pid, process.pid)
  assert.equal(tested.logged.filter((line) => line === 'loading a model').length, 1)
})

test('who stops waiting leaves the load to the others', async (t) => {
  const tested = await engineFor(t)
  const impatient = new AbortController()
  const abandoned = tested.engine.ready(SELFTEST_MODEL_ID, impatient.signal)
  const waiting = tested.ready()
  impatient.abort(new Error('enough'))
  await assert.rejects(abandoned, /enough/)
  await waiting
})

test('an idle model is unloaded, a busy one never, and the next request loads it again', async (t) => {
  const clock = new ManualClock()
  const tested = await engineFor(t, { clock, idleUnloadMs: 15_000 })
  const socket = await tested.ready()
  const running = send(socket, '/v1/chat/completions', {
    stream: true,
    messages: [{ role: 'user', content: 'a' }],
  })
  await once(await response(running), 'data')
  await tested.until(() => tested.logged.includes('model busy'))
  clock.advance(15_000)
  assert.equal(tested.status().state, 'ready')

  running.on('error', () => undefined).destroy()
  await tested.until(() => tested.logged.includes('model idle'))
  clock.advance(14_999)
  assert.equal(tested.status().state, 'ready')
  clock.advance(1)
  assert.equal(tested.status().state, 'unloaded')
  const again = await tested.ready()
  assert.equal((await chat(again, { max_tokens: 1 })).usage.completion_tokens, 1)
  assert.equal(tested.status().restarts, 0, 'an unload is no failure')
})

test('a folder with too long a name for sockets is replaced by a private one', async (t) => {
  const tested = await engineFor(t, { socketDir: join('/tmp', 'x'.repeat(120)) })
  const socket = await tested.ready()
  assert.ok(Buffer.byteLength(socket) < 100)
  assert.equal((await chat(socket, { max_tokens: 1 })).usage.completion_tokens, 1)
})

test('removing and closing end the children, remove their sockets and refuse who comes later', async (t) => {
  const tested = await engineFor(t)
  const socketDir = join(tested.folder, 'sockets')
  tested.engine.add({ id: 'other', path: tested.modelPath, selftest: true })
  await Promise.all([tested.ready(), tested.ready('other')])
  const pids = tested.engine.list().map(({ pid }) => pid!)
  await tested.engine.remove('other')
  assert.equal((await failure(tested.ready('other'))).code, 'embedded_model_unknown')
  await Promise.all([tested.engine.close(), tested.engine.close()])
  assert.deepEqual(pids.map(isAlive), [false, false])
  assert.deepEqual(await readdir(socketDir), [])
  assert.equal((await failure(tested.ready())).code, 'engine_closed')
})

test('closing during a load tells who waits', async (t) => {
  const tested = await engineFor(t)
  const waiting = failure(tested.ready())
  await tested.until(() => tested.status().pid !== undefined)
  const { pid } = tested.status()
  await tested.engine.close()
  assert.equal((await waiting).code, 'engine_closed')
  assert.equal(isAlive(pid!), false)
})

test('a killed parent takes its children along', async (t) => {
  const tested = await engineFor(t)
  const folder = join(tested.folder, 'orphan')
  await mkdir(folder)
  const script = join(folder, 'parent.mjs')
  await writeFile(
    script,
    `import { EmbeddedEngine } from ${JSON.stringify(import.meta.resolve('./index.ts'))}
     import { systemClock } from ${JSON.stringify(import.meta.resolve('../base/time.ts'))}
     const quiet = () => undefined
     const engine = new EmbeddedEngine({ socketDir: ${JSON.stringify(folder)}, clock: systemClock,
       log: { debug: quiet, info: quiet, warn: quiet, error: quiet } })
     engine.add({ id: 'm', path: ${JSON.stringify(tested.modelPath)}, selftest: true })
     await engine.ready('m', new AbortController().signal)
     process.send(engine.list()[0].pid)`,
  )
  const parent = fork(script)
  const [pid] = (await once(parent, 'message')) as [number]
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  await once(parent, 'exit')
  await eventually('the child to end', () => !isAlive(pid))
})

test('an unknown model and a second one of the same id are refused', async (t) => {
  const tested = await engineFor(t)
  const error = await failure(tested.engine.ready('nobody', NEVER))
  assert.deepEqual([error.code, error.kind], ['embedded_model_unknown', 'not_found'])
  assert.throws(() => tested.engine.add({ id: SELFTEST_MODEL_ID, path: 'elsewhere' }), /registered already/)
})
