import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLog } from '#platform/log/index'
import { chatModel, ggufFile } from '../../test/contracts/gguf-file.ts'
import { tempFolder } from '../../test/contracts/temp-folder.ts'
import { ModelFiles, type ModelChanges } from './model-files.ts'

function setUp(named: string[] = []) {
  const folder = join(tempFolder(), 'models')
  mkdirSync(folder)
  const changes: ModelChanges[] = []
  const files = new ModelFiles({ folder, named, log: silentLog, onChange: (change) => changes.push(change) })
  return {
    folder,
    files,
    changes,
    write: (name: string, bytes = chatModel()) => {
      writeFileSync(join(folder, name), bytes)
    },
    ids: () => files.list().map((model) => model.id),
  }
}
const ids = (models: readonly { id: string }[]) => models.map((model) => model.id)

test('a folder that is not there has no models', async () => {
  const { folder, files } = setUp()
  rmSync(folder, { recursive: true })
  await files.refresh()
  assert.deepEqual(files.list(), [])
})

test('the models folder is listed by file name; what is hidden or no model file is not', async () => {
  const { files, write, ids } = setUp()
  for (const name of ['b.gguf', 'A.GGUF', 'c.Q4_K_M.gguf', '.partial.gguf', 'notes.txt']) write(name)
  await files.refresh()
  assert.deepEqual(ids(), ['A', 'b', 'c.Q4_K_M'])
})

test('files named elsewhere are listed after it, with a number where their name is taken', async () => {
  const elsewhere = tempFolder()
  const other = tempFolder()
  for (const path of [join(elsewhere, 'b.gguf'), join(other, 'b.gguf')]) writeFileSync(path, chatModel())
  const { files, write, ids } = setUp([
    join(elsewhere, 'b.gguf'),
    join(other, 'b.gguf'),
    join(other, 'absent.gguf'),
  ])
  write('b.gguf')
  await files.refresh()
  assert.deepEqual(ids(), ['b', 'b-2', 'b-3'])
  assert.deepEqual(
    files.list().map((model) => model.managed),
    [true, false, false],
  )
})

test('a file of the folder that is named too is listed once', async () => {
  const { folder, files, write, ids } = setUp()
  write('a.gguf')
  const twice = new ModelFiles({ folder, named: [join(folder, 'a.gguf')], log: silentLog })
  await twice.refresh()
  await files.refresh()
  assert.deepEqual(
    twice.list().map((model) => model.id),
    ids(),
  )
})

test('a split model is one model with all its parts', async () => {
  const { folder, files, write } = setUp()
  write('big-00001-of-00002.gguf')
  write('big-00002-of-00002.gguf')
  await files.refresh()
  const [model] = files.list()
  assert.equal(files.list().length, 1)
  assert.equal(model!.id, 'big')
  assert.equal(model!.path, join(folder, 'big-00001-of-00002.gguf'))
  assert.equal(model!.paths.length, 2)
  assert.equal(model!.sizeBytes, 2 * chatModel().length)
})

test('a file that cannot be used is listed with the reason', async () => {
  const { files, write } = setUp()
  write('bad.gguf', Buffer.from('<html>not a model, but long enough</html>'))
  write('good.gguf')
  await files.refresh()
  assert.equal(files.get('bad')?.problem?.code, 'model_not_gguf')
  assert.equal(files.get('bad')?.facts, undefined)
  assert.equal(files.get('good')?.facts?.architecture, 'llama')
})

test('a refresh tells what was added, replaced and removed, and is silent when nothing was', async () => {
  const { folder, files, changes, write } = setUp()
  write('a.gguf')
  write('b.gguf')
  assert.deepEqual(ids((await files.refresh()).added), ['a', 'b'])
  const before = files.get('a')
  await files.refresh()
  assert.equal(changes.length, 1)
  assert.equal(files.get('a'), before)

  writeFileSync(join(folder, 'new'), ggufFile({ values: { 'general.name': 'Another' } }))
  renameSync(join(folder, 'new'), join(folder, 'a.gguf'))
  rmSync(join(folder, 'b.gguf'))
  const { added, removed } = await files.refresh()
  assert.deepEqual(ids(added), ['a'])
  assert.deepEqual(ids(removed), ['a', 'b'])
  assert.equal(files.get('a')?.facts?.name, 'Another')
  assert.deepEqual(changes[1], { added, removed })
})

test('a refresh that is asked for during another looks again afterwards', async () => {
  const { files, write, ids } = setUp()
  const first = files.refresh()
  const second = files.refresh()
  write('late.gguf')
  await Promise.all([first, second])
  assert.deepEqual(ids(), ['late'])
})
