import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exitCodeOf } from './exit-codes.ts'
import { errorOfAnswer, errorOfEvent } from './server-errors.ts'

const ID = '0123456789abcdef0123456789abcdef'

function answer(status: number, body: unknown): ReturnType<typeof errorOfAnswer> {
  return errorOfAnswer({
    status,
    text: typeof body === 'string' ? body : JSON.stringify(body),
    correlationId: ID,
  })
}

test('an error of /api comes back with its kind, code, details and id', () => {
  const error = answer(409, {
    error: {
      type: 'conflict',
      code: 'last_admin_key',
      message: 'The last one.',
      details: { left: 1 },
      correlation_id: 'its-own',
    },
  })
  assert.deepEqual([error.kind, error.code, error.message], ['conflict', 'last_admin_key', 'The last one.'])
  assert.deepEqual(error.details, { left: 1, correlation_id: 'its-own' })
  assert.equal(exitCodeOf(error), 67)
})

test('an error in the form of OpenAI takes its kind from the status and its id from the header', () => {
  const error = answer(404, {
    error: { type: 'invalid_request_error', code: 'model_not_found', message: 'No.', param: 'model' },
  })
  assert.deepEqual(
    [error.kind, error.code, error.details],
    ['not_found', 'model_not_found', { correlation_id: ID }],
  )
  assert.equal(
    exitCodeOf(answer(429, { error: { type: 'rate_limit_error', message: 'Later.', code: null } })),
    75,
  )
})

test('what is in nobody’s form is still an error with a kind', () => {
  assert.equal(answer(500, { error: 'model is on fire' }).message, 'model is on fire')
  assert.equal(answer(502, '<html>Bad Gateway</html>').code, 'server_answer_unknown')
  assert.equal(exitCodeOf(answer(502, '<html>Bad Gateway</html>')), 69)
  assert.equal(exitCodeOf(answer(418, '')), 64)
})

test('an event of a stream is an error only where it says so', () => {
  assert.equal(errorOfEvent({ choices: [], error: null }, ID), undefined)
  const error = errorOfEvent({ error: { message: 'Cut.', type: 'server_error', code: 'answer_cut' } }, ID)
  assert.deepEqual([error?.kind, error?.code], ['upstream', 'answer_cut'])
})
