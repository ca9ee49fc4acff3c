import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RandomIds } from '#base/ids'
import { blobsContract } from '../../../test/contracts/blobs-contract.ts'
import { tempFolder } from '../../../test/contracts/temp-folder.ts'
import { FolderBlobs } from './folder-blobs.ts'

async function openIn(dir: string): Promise<FolderBlobs> {
  const blobs = new FolderBlobs({ dir, ids: new RandomIds() })
  await blobs.start()
  return blobs
}

blobsContract('Blobs in a folder', async () => {
  const dir = join(tempFolder(), 'blobs')
  return { blobs: await openIn(dir), reopen: () => openIn(dir) }
})

const HELLO = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'

test('a blob is a private file in a folder of the first two digits of its hash', async () => {
  const dir = tempFolder()
  const blobs = await openIn(dir)
  const { id } = await blobs.put([Buffer.from('hello')])
  const path = join(dir, HELLO.slice(0, 2), HELLO.slice(2))
  assert.equal(blobs.pathOf(id), path)
  assert.equal(readFileSync(path, 'utf8'), 'hello')
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(join(dir, 'staging')), [])
})

test('a restart clears away what was being put, and keeps what was staged', async () => {
  const dir = tempFolder()
  await openIn(dir)
  writeFileSync(join(dir, 'staging', '.put_0123'), 'half')
  writeFileSync(join(dir, 'staging', 'model.gguf'), 'half')
  await openIn(dir)
  assert.deepEqual(readdirSync(join(dir, 'staging')), ['model.gguf'])
})

test('putting a content again heals a damaged file', async () => {
  const blobs = await openIn(tempFolder())
  const { id } = await blobs.put([Buffer.from('hello')])
  writeFileSync(blobs.pathOf(id), 'hullo')
  await blobs.put([Buffer.from('hello')])
  assert.equal(readFileSync(blobs.pathOf(id), 'utf8'), 'hello')
})
