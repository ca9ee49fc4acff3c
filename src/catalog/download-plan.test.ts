import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planDownload } from './download-plan.ts'

const SHA = 'a'.repeat(64)
const NOTHING = { bytes: 0, etag: undefined }
const PART = { bytes: 100, etag: '"v1"' }

test('a whole answer begins anew, whatever was asked for', () => {
  for (const arrived of [NOTHING, PART]) {
    assert.deepEqual(planDownload(200, { 'content-length': '500', etag: '"v1"' }, arrived), {
      action: 'restart',
      totalBytes: 500,
      sha256: undefined,
      etag: '"v1"',
    })
  }
})

test('the rest of the same version is appended', () => {
  const headers = { 'content-range': 'bytes 100-499/500', 'content-length': '400', etag: '"v1"' }
  assert.partialDeepStrictEqual(planDownload(206, headers, PART), { action: 'append', totalBytes: 500 })
  assert.equal(planDownload(206, { 'content-range': 'bytes 100-499/*' }, PART).totalBytes, null)
})

test('a part that is not the one asked for, or of another version, is not used', () => {
  const action = (headers: Record<string, string>) => planDownload(206, headers, PART).action
  assert.equal(action({ 'content-range': 'bytes 0-499/500', etag: '"v1"' }), 'ask-again')
  assert.equal(action({ 'content-range': 'bytes 100-499/500', etag: '"v2"' }), 'ask-again')
  assert.equal(action({ 'content-range': 'nonsense' }), 'ask-again')
  assert.equal(action({}), 'ask-again')
})

test('nothing left to send means complete only if the sizes agree', () => {
  assert.equal(planDownload(416, { 'content-range': 'bytes */100' }, PART).action, 'complete')
  assert.equal(planDownload(416, { 'content-range': 'bytes */90' }, PART).action, 'ask-again')
  assert.equal(planDownload(416, {}, PART).action, 'ask-again')
})

test('the SHA-256 is what X-Linked-Etag says, quoted or not, if it is one', () => {
  const sha = (headers: Record<string, string>) => planDownload(200, headers, NOTHING).sha256
  assert.equal(sha({ 'x-linked-etag': `"${SHA}"` }), SHA)
  assert.equal(sha({ 'x-linked-etag': SHA.toUpperCase() }), SHA)
  assert.equal(sha({ 'x-linked-etag': '"0123456789012345678901234567890123456789"' }), undefined)
  assert.equal(sha({}), undefined)
})

test('an ETag is not taken for a SHA-256, however much it looks like one', () => {
  assert.equal(planDownload(200, { etag: `"${SHA}"` }, NOTHING).sha256, undefined)
})

test('a weak or missing ETag cannot carry a download on', () => {
  assert.equal(planDownload(200, { etag: 'W/"v1"' }, NOTHING).etag, undefined)
  assert.equal(planDownload(200, {}, NOTHING).etag, undefined)
})

const REFUSALS: [number, string, string][] = [
  [401, 'forbidden', 'model_gated'],
  [403, 'forbidden', 'model_gated'],
  [404, 'not_found', 'model_source_not_found'],
  [410, 'not_found', 'model_source_not_found'],
  [400, 'invalid_input', 'model_source_refused'],
  [302, 'invalid_input', 'model_source_refused'],
  [408, 'upstream', 'model_source_unavailable'],
  [429, 'upstream', 'model_source_unavailable'],
  [503, 'upstream', 'model_source_unavailable'],
]
for (const [status, kind, code] of REFUSALS) {
  test(`status ${status} is ${code}`, () => {
    assert.throws(() => planDownload(status, {}, NOTHING), { kind, code })
  })
}

test('a server that says when to come back is believed, up to an hour', () => {
  assert.throws(() => planDownload(429, { 'retry-after': '30' }, NOTHING), { retryAfterSeconds: 30 })
  assert.throws(() => planDownload(503, { 'retry-after': '999999' }, NOTHING), { retryAfterSeconds: 3600 })
  assert.throws(() => planDownload(503, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, NOTHING), {
    retryAfterSeconds: undefined,
  })
})
