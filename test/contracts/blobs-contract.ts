import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test, type TestContext } from 'node:test'
import { blobIdOf, type BlobId, type Blobs } from '#platform/blobs/index'

/** Opens a store; called with the same place again, it finds what the store before it left. */
export type MakeBlobs = (t: TestContext) => Promise<{ blobs: Blobs; reopen: () => Promise<Blobs> }>

/** What every store of contents does. */
export function blobsContract(name: string, make: MakeBlobs): void {
  describe(name, () => {
    test('a content is found under the hash of its bytes', async (t) => {
      const { blobs } = await make(t)
      const stored = await blobs.put([Buffer.from('hel'), Buffer.from('lo')])
      assert.deepEqual(stored, {
        id: 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
        sizeBytes: 5,
      })
      assert.deepEqual(await blobs.stat(stored.id), stored)
      assert.equal(await blobs.has(stored.id), true)
      assert.equal(await read(blobs, stored.id), 'hello')
    })

    test('the empty content is a content too', async (t) => {
      const { blobs } = await make(t)
      const { id, sizeBytes } = await blobs.put([])
      assert.equal(sizeBytes, 0)
      assert.equal(await read(blobs, id), '')
    })

    test('the same content is stored once, also when it comes twice at a time', async (t) => {
      const { blobs } = await make(t)
      const bytes = randomBytes(100_000)
      const [one, two] = await Promise.all([blobs.put([bytes]), blobs.put([bytes])])
      assert.deepEqual(one, two)
      assert.equal(await blobs.delete(one.id), true)
      assert.equal(await blobs.has(one.id), false)
    })

    test('a range is read from its first to its last byte', async (t) => {
      const { blobs } = await make(t)
      const { id } = await blobs.put([Buffer.from('0123456789')])
      assert.equal(await read(blobs, id, { start: 2, end: 4 }), '234')
      assert.equal(await read(blobs, id, { start: 7 }), '789')
    })

    test('what is not stored is not found', async (t) => {
      const { blobs } = await make(t)
      const absent = blobIdOf('0'.repeat(64))
      await assert.rejects(blobs.open(absent), { kind: 'not_found', code: 'blob_not_found' })
      assert.equal(await blobs.stat(absent), undefined)
      assert.equal(await blobs.has(absent), false)
      assert.equal(await blobs.delete(absent), false)
    })

    test('what is no blob id is refused', async (t) => {
      const { blobs } = await make(t)
      for (const id of ['sha256:../../etc/passwd', `sha256:${'A'.repeat(64)}`, 'sha256:', '']) {
        await assert.rejects(blobs.stat(id as BlobId), { kind: 'invalid_input', code: 'blob_id_invalid' })
      }
    })

    test('a source that fails leaves nothing behind', async (t) => {
      const { blobs } = await make(t)
      const broken = async function* () {
        yield Buffer.from('hello')
        throw new Error('cut')
      }
      await assert.rejects(blobs.put(broken()), /cut/)
      assert.equal(await blobs.has(blobIdOf(sha256('hello'))), false)
    })

    test('a stage grows, knows its hash, and becomes a blob', async (t) => {
      const { blobs } = await make(t)
      const stage = await blobs.stage('model.gguf')
      await stage.append(Buffer.from('hel'))
      assert.equal(stage.digest(), blobIdOf(sha256('hel')))
      await stage.append(Buffer.from('lo'))
      assert.equal(stage.sizeBytes, 5)
      const { id } = await stage.commit({ expectedSha256: sha256('hello').toUpperCase() })
      assert.equal(id, blobIdOf(sha256('hello')))
      assert.equal(await read(blobs, id), 'hello')
      const next = await blobs.stage('model.gguf')
      assert.equal(next.sizeBytes, 0)
      await next.close()
    })

    test('a stage survives a restart, and goes on where it was', async (t) => {
      const { blobs, reopen } = await make(t)
      const first = await blobs.stage('model')
      const bytes = randomBytes(3_000_000)
      await first.append(bytes.subarray(0, 2_500_000))
      await first.close()

      const second = await (await reopen()).stage('model')
      assert.equal(second.sizeBytes, 2_500_000)
      await second.append(bytes.subarray(2_500_000))
      assert.equal((await second.commit({ expectedSha256: sha256(bytes) })).sizeBytes, 3_000_000)
    })

    test('a stage of another content than expected is no blob, and stays until it is discarded', async (t) => {
      const { blobs } = await make(t)
      const stage = await blobs.stage('model')
      await stage.append(Buffer.from('damaged'))
      await assert.rejects(stage.commit({ expectedSha256: sha256('sound') }), {
        kind: 'conflict',
        code: 'blob_hash_mismatch',
        details: { expected: blobIdOf(sha256('sound')), actual: blobIdOf(sha256('damaged')) },
      })
      assert.equal(stage.sizeBytes, 7)
      await stage.discard()
      const again = await blobs.stage('model')
      assert.equal(again.sizeBytes, 0)
      await again.discard()
    })

    test('a stage can start again from nothing', async (t) => {
      const { blobs } = await make(t)
      const stage = await blobs.stage('model')
      await stage.append(Buffer.from('a long first part'))
      await stage.reset()
      assert.equal(stage.sizeBytes, 0)
      await stage.append(Buffer.from('short'))
      const { id } = await stage.commit()
      assert.equal(await read(blobs, id), 'short')
    })

    test('a stage has one writer at a time', async (t) => {
      const { blobs } = await make(t)
      const stage = await blobs.stage('model')
      await assert.rejects(blobs.stage('model'), { kind: 'conflict', code: 'stage_busy' })
      await stage.close()
      await (await blobs.stage('model')).close()
    })

    test('a stage can be dropped without being opened, unless somebody writes to it', async (t) => {
      const { blobs } = await make(t)
      const stage = await blobs.stage('model')
      await stage.append(Buffer.from('hello'))
      await assert.rejects(blobs.dropStage('model'), { kind: 'conflict', code: 'stage_busy' })
      await stage.close()
      await blobs.dropStage('model')
      await blobs.dropStage('model')
      const again = await blobs.stage('model')
      assert.equal(again.sizeBytes, 0)
      await again.close()
    })

    test('a stage is no path', async (t) => {
      const { blobs } = await make(t)
      for (const name of ['', '.', '..', '../x', 'a/b', 'a\\b', '.hidden', 'a\0b', 'x'.repeat(101)]) {
        await assert.rejects(blobs.stage(name), { kind: 'invalid_input', code: 'stage_name_invalid' }, name)
        await assert.rejects(blobs.dropStage(name), { code: 'stage_name_invalid' }, name)
      }
    })

    test('opening a large stage can be given up', async (t) => {
      const { blobs } = await make(t)
      const stage = await blobs.stage('model')
      await stage.append(randomBytes(2_000_000))
      await stage.close()
      await assert.rejects(blobs.stage('model', AbortSignal.abort(new Error('given up'))), /given up/)
      await (await blobs.stage('model')).close()
    })
  })
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

async function read(blobs: Blobs, id: BlobId, range?: { start: number; end?: number }): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of await blobs.open(id, range)) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
