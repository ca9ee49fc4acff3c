import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { PullJob } from '#catalog/contract'
import { exitCodeOf } from './exit-codes.ts'
import { pullFailure } from './pull-failure.ts'

function ended(state: PullJob['state'], error: PullJob['error'] = null): PullJob {
  return {
    id: 'job_1',
    state,
    source: 'http://127.0.0.1/tiny.gguf',
    model: 'tiny',
    done_bytes: 1,
    total_bytes: 2,
    attempt: 2,
    next_attempt_at: null,
    error,
    correlation_id: '0'.repeat(32),
    created_at: 0,
    finished_at: 1,
  }
}

const ERRORS = readFileSync(join(import.meta.dirname, '..', 'catalog', 'errors.ts'), 'utf8')
/** These are refusals of a verb, not ends of a download. */
const OF_VERBS = new Set([
  'model_file_not_found',
  'model_not_managed',
  'model_pull_not_found',
  'model_pull_running',
  'pull_source_invalid',
])

test('every error of a download has the kind that the catalog gives it', () => {
  const all = [...ERRORS.matchAll(/new AppError\(\s*'(\w+)',\s*'(\w+)'/g)]
  assert.ok(all.length > 10)
  for (const [, kind, code] of all.filter(([, , code]) => !OF_VERBS.has(code!))) {
    assert.equal(pullFailure(ended('failed', { code: code!, message: '' }))?.kind, kind, code)
  }
})

test('a failed download exits as its reason does', () => {
  const exits = [
    'disk_full',
    'disk_space_short',
    'model_source_not_found',
    'model_gated',
    'download_cut',
    'x',
  ]
  assert.deepEqual(
    exits.map((code) => exitCodeOf(pullFailure(ended('failed', { code, message: '' })))),
    [74, 74, 66, 77, 69, 70],
  )
})

test('an error that a later attempt made good is none, and one before a cancelling is not the reason', () => {
  const cut = { code: 'download_cut', message: 'It was cut.' }
  assert.equal(pullFailure(ended('succeeded', cut)), undefined)
  assert.equal(pullFailure(ended('cancelled', cut))?.code, 'job_cancelled')
})
