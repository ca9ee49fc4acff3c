import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PullJob } from '#catalog/contract'
import { ManualClock } from '../../test/contracts/manual-clock.ts'
import { PullProgress } from './pull-progress.ts'

const CUT = { code: 'download_cut', message: 'The download was cut.' }

function watch() {
  const clock = new ManualClock(1_000_000)
  const lines: string[] = []
  const output = {
    aside: (text: string) => void lines.push(text),
    progress: (text: string) => void lines.push(`~ ${text}`),
  }
  const progress = new PullProgress({ output, clock })
  const show = (job: Partial<PullJob>): void => progress.show({ ...QUEUED, ...job })
  return { clock, lines, show }
}

const QUEUED: PullJob = {
  id: 'job_1',
  state: 'queued',
  source: 'http://127.0.0.1/tiny.gguf',
  model: 'tiny',
  done_bytes: 0,
  total_bytes: null,
  attempt: 0,
  next_attempt_at: null,
  error: null,
  correlation_id: '0'.repeat(32),
  created_at: 0,
  finished_at: null,
}

test('a download that waits for its next attempt says why once, and counts down', () => {
  const { clock, lines, show } = watch()
  const waiting = { attempt: 1, error: CUT, next_attempt_at: 1_002_000 }
  show(waiting)
  clock.advance(500)
  show(waiting)
  clock.advance(1_500)
  show(waiting)
  assert.deepEqual(lines, [
    'The download was cut.',
    '~ Trying again in 2 s',
    '~ Trying again in 2 s',
    '~ Waiting for its turn',
  ])
})

test('each attempt that failed says its own reason', () => {
  const { lines, show } = watch()
  show({ attempt: 1, error: CUT, next_attempt_at: 1_002_000 })
  show({ attempt: 2, error: { ...CUT, message: 'It was cut again.' }, next_attempt_at: 1_008_000 })
  assert.deepEqual(lines, [
    'The download was cut.',
    '~ Trying again in 2 s',
    'It was cut again.',
    '~ Trying again in 8 s',
  ])
})

test('the time it waited is no part of the rate', () => {
  const { clock, lines, show } = watch()
  show({ state: 'running', attempt: 1, done_bytes: 1024, total_bytes: 4096 })
  show({ attempt: 1, error: CUT, next_attempt_at: 1_002_000 })
  clock.advance(60_000)
  show({ state: 'running', attempt: 2, done_bytes: 1024, total_bytes: 4096 })
  clock.advance(1_000)
  show({ state: 'running', attempt: 2, done_bytes: 2048, total_bytes: 4096 })
  assert.match(lines.at(-1)!, / 1\.0 KiB\/s {2}2 s left$/)
})

test('a download that ended leaves the last word to the command', () => {
  const { lines, show } = watch()
  show({ state: 'succeeded', finished_at: 1 })
  assert.deepEqual(lines, [])
})
