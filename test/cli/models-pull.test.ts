import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ModelFile, PullJob } from '#catalog/contract'
import { tempFolder } from '../contracts/temp-folder.ts'
import { hearth, hearthJson } from '../harness/hearth-command.ts'
import { HearthProcess } from '../harness/hearth-process.ts'
import { filesIn, MODEL, serveModel } from './model-server.ts'

test('a running Hearth pulls a model, offers it in the place of the self-test, and deletes it', async (t) => {
  const files = await serveModel(t)
  await using server = await HearthProcess.start()
  const here = { env: { HEARTH_DATA: server.data } }
  const path = join(server.data, 'models', 'tiny.gguf')

  const pulled = await hearth(['models', 'pull', files.url()], here)
  assert.match(pulled.stdout, /^Pulled tiny: \S+ \(\d\.\d MiB\)\n$/)
  assert.ok(pulled.stdout.includes(path), pulled.stdout)
  assert.deepEqual({ code: pulled.code, stderr: pulled.stderr }, { code: 0, stderr: '' })
  assert.ok(readFileSync(path).equals(MODEL))

  const { items } = await hearthJson<{ items: { id: string }[] }>(['models', 'list'], here)
  assert.deepEqual(
    items.map(({ id }) => id),
    ['tiny'],
  )
  const asked = await hearth(['chat', '--model', 'tiny', '--max-tokens', '3', 'Hello'], here)
  assert.equal(asked.code, 0, asked.stderr)
  assert.match(asked.stdout, /\w/)

  const deleted = await hearth(['models', 'delete', 'tiny'], here)
  assert.match(deleted.stdout, /^Deleted tiny\. \d\.\d MiB are free again\.\n$/)
  assert.equal(existsSync(path), false)
  const again = await hearth(['models', 'delete', 'tiny'], here)
  assert.equal(again.code, 66)
})

test('a stopped Hearth without a data folder pulls a model, tells of it, and deletes it', async (t) => {
  const files = await serveModel(t)
  const data = join(tempFolder(), 'fresh')
  const sha256 = createHash('sha256').update(MODEL).digest('hex')
  const flags = ['--sha256', sha256.toUpperCase(), '--name', 'small', '--data', data]
  const job = await hearthJson<PullJob>(['models', 'pull', files.url('/x.gguf'), ...flags])
  assert.deepEqual(
    [job.state, job.model, job.done_bytes, job.total_bytes],
    ['succeeded', 'small', MODEL.length, MODEL.length],
  )

  const shown = await hearth(['models', 'files', '--data', data])
  assert.match(
    shown.stdout,
    /^ID +SIZE +QUANTIZATION +CONTEXT +FILE +PROBLEM\nsmall +\d\.\d MiB +F32 +16384 +/,
  )
  const { items } = await hearthJson<{ items: ModelFile[] }>(['models', 'files', '--data', data])
  assert.deepEqual(
    items.map(({ id, sha256 }) => ({ id, sha256 })),
    [{ id: 'small', sha256 }],
  )

  const deleted = await hearthJson<object>(['models', 'delete', 'small', '--data', data])
  assert.deepEqual(deleted, { id: 'small', freed_bytes: MODEL.length })
  assert.deepEqual(filesIn(data, 'models'), [])
})

test('a file with another hash leaves nothing behind, exit 67', async (t) => {
  const files = await serveModel(t)
  const data = tempFolder()
  const wrong = ['models', 'pull', files.url(), '--sha256', '0'.repeat(64), '--data', data]
  const { code, stdout, stderr } = await hearth([...wrong, '--json'])
  assert.deepEqual({ code, stdout }, { code: 67, stdout: '' })
  const { error } = JSON.parse(stderr) as { error: { code: string; message: string } }
  assert.equal(error.code, 'model_hash_mismatch')
  assert.match(error.message, /has the SHA-256 [\da-f]{64} instead of 0{64}/)
  assert.deepEqual([...filesIn(data, 'models'), ...filesIn(data, 'blobs')], [])
})

test('what cannot be pulled is refused with the exit code of its reason', async (t) => {
  const files = await serveModel(t, { status: 404 })
  const data = ['--data', tempFolder()]
  const absent = await hearth(['models', 'pull', files.url(), ...data])
  assert.equal(absent.code, 66)
  assert.match(absent.stderr, /^hearth: The server has no such file \(404\)/)
  const noHash = await hearth(['models', 'pull', files.url(), '--sha256', 'abc', ...data])
  assert.equal(noHash.code, 64)
  assert.match(noHash.stderr, /sha256: A SHA-256 has 64 hex digits/)
  assert.equal((await hearth(['models', 'pull', 'qwen3', ...data])).code, 64)
})

test('serve and models files name a file that cannot be used, and why', async () => {
  const data = tempFolder()
  mkdirSync(join(data, 'models'))
  const path = join(data, 'models', 'broken.gguf')
  writeFileSync(path, 'no model at all')
  await using server = await HearthProcess.start({ data })
  await server.says(/broken\.gguf cannot be used: .+ GGUF/)
  const { stdout } = await hearth(['models', 'files', '--data', data])
  assert.match(stdout, /\nbroken +15 B +- +- +\S+\/broken\.gguf +.*GGUF/)
})
