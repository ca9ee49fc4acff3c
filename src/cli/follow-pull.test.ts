import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { AppError } from '#base/errors'
import type { PullJob } from '#catalog/contract'
import { ManualClock } from '../../test/contracts/manual-clock.ts'
import { followPull } from './follow-pull.ts'

const RUNNING: PullJob = {
  id: 'job_1',
  state: 'running',
  source: 'http://127.0.0.1/tiny.gguf',
  model: 'tiny',
  done_bytes: 1,
  total_bytes: 2,
  attempt: 1,
  next_attempt_at: null,
  error: null,
  correlation_id: '0'.repeat(32),
  created_at: 0,
  finished_at: null,
}
const DONE: PullJob = { ...RUNNING, state: 'succeeded', done_bytes: 2, finished_at: 1 }
const AWAY = new AppError('unavailable', 'server_unreachable', 'Nobody answers.')

/** Follows what `answers` gives out one by one, the last again and again; `pass` lets time go by. */
function follow(answers: readonly (PullJob | Error)[]) {
  const clock = new ManualClock()
  const stop = new AbortController()
  const looked: PullJob[] = []
  let looks = 0
  const ended = followPull({
    look: () => {
      const answer = answers[Math.min(looks++, answers.length - 1)]!
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    },
    onLook: (job) => looked.push(job),
    clock,
    signal: stop.signal,
  })
  ended.catch(() => undefined)
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 500) {
      await setImmediate()
      clock.advance(500)
    }
    await setImmediate()
  }
  return { ended, looked, stop, pass, looks: () => looks }
}

test('a download is looked at until it has ended', async () => {
  const { ended, looked, pass } = follow([RUNNING, RUNNING, DONE])
  await pass(1_000)
  assert.equal(await ended, DONE)
  assert.deepEqual(
    looked.map(({ state }) => state),
    ['running', 'running', 'succeeded'],
  )
})

test('a server that restarts is waited for', async () => {
  const { ended, pass } = follow([RUNNING, ...Array.from({ length: 20 }, () => AWAY), RUNNING, DONE])
  await pass(12_000)
  assert.equal(await ended, DONE)
})

test('a server that stays away is given up, and each answer begins the wait anew', async () => {
  const silence = Array.from({ length: 20 }, () => AWAY)
  const { ended, pass } = follow([RUNNING, ...silence, RUNNING, ...silence, RUNNING, AWAY])
  await pass(40_000)
  await assert.rejects(ended, AWAY)
})

test('an error that waiting does not cure ends the watching at once', async () => {
  const error = new AppError('forbidden', 'key_unknown', 'This key was revoked.')
  const { ended, pass, looks } = follow([RUNNING, error])
  await pass(500)
  await assert.rejects(ended, error)
  assert.equal(looks(), 2)
})

test('who stops watching is told why at once', async () => {
  const { ended, stop, pass } = follow([RUNNING])
  await pass(500)
  const reason = new Error('Ctrl-C')
  stop.abort(reason)
  await assert.rejects(ended, reason)
})
