import assert from 'node:assert/strict'
import { copyFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  chat,
  chatText,
  engineFor,
  failure,
  ManualClock,
  type EngineUnderTest,
} from './engine-fixture.test.ts'

function kill(tested: EngineUnderTest, signal: NodeJS.Signals = 'SIGKILL'): void {
  process.kill(tested.status().pid!, signal)
}

test('a killed model answers the next request, with the same bytes for the same seed', async (t) => {
  const tested = await engineFor(t)
  const before = await chatText(await tested.ready(), { seed: 9, max_tokens: 50 })
  const firstPid = tested.status().pid
  kill(tested)
  await tested.until(() => tested.status().state === 'backoff')
  assert.match(tested.status().error ?? '', /SIGKILL/)
  assert.equal(await chatText(await tested.ready(), { seed: 9, max_tokens: 50 }), before)
  assert.notEqual(tested.status().pid, firstPid)
  assert.equal(tested.status().restarts, 1)
  assert.equal(tested.status().error, undefined)
})

test('a crashed model comes back by itself after a second, and after two when it crashes unused', async (t) => {
  const clock = new ManualClock()
  const tested = await engineFor(t, { clock })
  await tested.ready()
  kill(tested)
  await tested.until(() => tested.status().state === 'backoff')
  clock.advance(999)
  assert.equal(tested.status().state, 'backoff')
  clock.advance(1)
  await tested.until(() => tested.status().state === 'ready')

  kill(tested)
  await tested.until(() => tested.status().state === 'backoff')
  const error = await failure(tested.ready())
  assert.deepEqual([error.code, error.kind, error.retryAfterSeconds], ['model_crashed', 'unavailable', 2])
  clock.advance(1999)
  assert.equal(tested.status().state, 'backoff')
  clock.advance(1)
  assert.equal(tested.status().state, 'loading')
})

test('a served request makes earlier crashes forgotten', async (t) => {
  const tested = await engineFor(t, { clock: new ManualClock() })
  for (let crash = 1; crash <= 2; crash++) {
    await chat(await tested.ready(), { max_tokens: 2 })
    await tested.until(() => tested.logged.filter((line) => line === 'model idle').length === crash)
    kill(tested)
    await tested.until(() => tested.status().state === 'backoff')
  }
  void tested.ready().catch(() => undefined)
  assert.equal(tested.status().state, 'loading', 'the second crash counts as the first')
})

test('a damaged file is a typed error that names it, and later requests fail at once until the pause is over', async (t) => {
  const clock = new ManualClock()
  const tested = await engineFor(t, { clock })
  const path = join(tested.folder, 'damaged.gguf')
  await copyFile(tested.modelPath, path)
  await truncate(path, 600_000)
  tested.engine.add({ id: 'damaged', path, selftest: true })

  const first = await failure(tested.ready('damaged'))
  assert.deepEqual([first.code, first.kind], ['model_load_failed', 'unavailable'])
  assert.ok(first.message.includes(path), first.message)
  assert.match(first.message, /corrupted or incomplete/, 'the reason is the engine’s own')
  await failure(tested.ready('damaged'))
  const loads = tested.logged.length
  const third = await failure(tested.ready('damaged'))
  assert.deepEqual([third.code, third.retryAfterSeconds], ['model_load_failed', 2])
  assert.equal(tested.logged.length, loads, 'nothing was tried')

  await copyFile(tested.modelPath, path)
  clock.advance(2000)
  assert.equal(tested.status('damaged').state, 'unloaded')
  await tested.ready('damaged')
})

test('a file that is no GGUF, and one that is missing, are typed errors too', async (t) => {
  const tested = await engineFor(t)
  const path = join(tested.folder, 'text.gguf')
  await writeFile(path, 'not a model')
  tested.engine.add({ id: 'text', path })
  tested.engine.add({ id: 'missing', path: join(tested.folder, 'missing.gguf') })
  assert.equal((await failure(tested.ready('text'))).code, 'model_load_failed')
  const missing = await failure(tested.ready('missing'))
  assert.equal(missing.code, 'model_load_failed')
  assert.match(missing.message, /missing\.gguf: there is no such file/)
})

test('a model whose process hangs is killed after 30 s of silence', async (t) => {
  const clock = new ManualClock()
  const tested = await engineFor(t, { clock })
  await tested.ready()
  kill(tested, 'SIGSTOP')
  clock.advance(30_000)
  await tested.until(() => tested.status().state === 'backoff')
  assert.match(tested.status().error ?? '', /hung/)
})
