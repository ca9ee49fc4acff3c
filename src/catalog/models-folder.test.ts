import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { tempFolder } from '../../test/contracts/temp-folder.ts'
import { ModelsFolder } from './models-folder.ts'

async function setUp() {
  const data = tempFolder()
  const folder = new ModelsFolder(join(data, 'models'))
  await folder.make()
  const blob = join(data, 'blob')
  writeFileSync(blob, 'content')
  return { folder, blob, contentOf: (file: string) => readFileSync(join(folder.path, file), 'utf8') }
}

test('a placed file is the blob by another name, so it takes no room', async () => {
  const { folder, blob, contentOf } = await setUp()
  await folder.place('a.gguf', blob)
  assert.equal(contentOf('a.gguf'), 'content')
  assert.equal(await folder.isLinkTo('a.gguf', blob), true)
  assert.equal(statSync(blob).nlink, 2)
})

test('placing replaces what has the name, and twice is as good as once', async () => {
  const { folder, blob, contentOf } = await setUp()
  writeFileSync(join(folder.path, 'a.gguf'), 'older')
  assert.equal(await folder.isLinkTo('a.gguf', blob), false)
  await folder.place('a.gguf', blob)
  await folder.place('a.gguf', blob)
  assert.equal(contentOf('a.gguf'), 'content')
  assert.deepEqual(readdirSync(folder.path), ['a.gguf'])
})

test('where the file system cannot link, the file is a copy', async (t) => {
  const { folder } = await setUp()
  const elsewhere = mkdtempSync('/dev/shm/hearth-test-')
  t.after(() => rmSync(elsewhere, { recursive: true }))
  if (statSync(elsewhere).dev === statSync(folder.path).dev) {
    t.skip('This machine has only one file system to write to.')
    return
  }
  const blob = join(elsewhere, 'blob')
  writeFileSync(blob, 'far content')
  await folder.place('a.gguf', blob)
  assert.equal(readFileSync(join(folder.path, 'a.gguf'), 'utf8'), 'far content')
  assert.equal(await folder.isLinkTo('a.gguf', blob), false)
  assert.deepEqual(readdirSync(folder.path), ['a.gguf'])
})

test('a file that is not there can be asked about and removed', async () => {
  const { folder, blob } = await setUp()
  assert.equal(await folder.has('a.gguf'), false)
  assert.equal(await folder.isLinkTo('a.gguf', blob), false)
  await folder.remove('a.gguf')
  assert.ok((await folder.freeBytes()) > 0)
})
