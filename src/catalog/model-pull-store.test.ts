import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forEachDatabase, openFor } from '../../test/harness/each-database.ts'
import { ModelPullStore, type PulledFile } from './model-pull-store.ts'

const pulled = (file: string, blob: string, at = 1): PulledFile => ({
  file,
  source: `hf:org/repo/${file}`,
  blob_id: `sha256:${blob}`,
  pulled_at: at,
})

forEachDatabase((on) => {
  test('a file has the last pull that was kept, and its content is used until it is forgotten', async (t) => {
    const store = new ModelPullStore(await openFor(t, await on.newPlace()))
    await store.keepPulled(pulled('a.gguf', 'one'))
    await store.keepPulled(pulled('b.gguf', 'two'))
    await Promise.all([2, 3].map(() => store.keepPulled(pulled('a.gguf', 'two', 9))))
    assert.deepEqual(await store.pulledFile('a.gguf'), pulled('a.gguf', 'two', 9))
    assert.equal((await store.pulledFiles()).length, 2)
    assert.equal(await store.isUsed('sha256:one'), false)
    await store.forgetPulled('a.gguf')
    assert.equal(await store.isUsed('sha256:two'), true)
    await store.forgetPulled('b.gguf')
    assert.equal(await store.isUsed('sha256:two'), false)
    assert.equal(await store.pulledFile('a.gguf'), undefined)
  })

  test('a download keeps its validator, and those of long ago are found', async (t) => {
    const store = new ModelPullStore(await openFor(t, await on.newPlace()))
    await store.keepDownload('old', undefined, 10)
    await store.keepDownload('new', '"v1"', 20)
    await store.keepDownload('new', '"v2"', 30)
    assert.equal(await store.etagOf('new'), '"v2"')
    assert.equal(await store.etagOf('old'), undefined)
    assert.deepEqual(await store.downloadsBefore(30), ['old'])
    await store.forgetDownload('old')
    assert.deepEqual(await store.downloadsBefore(100), ['new'])
  })
})
