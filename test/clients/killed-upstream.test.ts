import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DONE } from '../fakes/sse.ts'
import { HearthProcess } from '../harness/hearth-process.ts'
import { TestApp } from '../harness/test-app.ts'
import { assertEndsInError, assertError, CHAT, streamingChat } from '../relay/house.ts'
import { MODEL } from './two-ways.ts'

test('a Hearth that is killed in the middle of a stream leaves an error event before [DONE] at the second one', async () => {
  await using first = await HearthProcess.start()
  await using second = await TestApp.start({
    hosts: [{ url: first.url, key: first.adminKey }],
    limitMs: 60_000,
  })
  const answer = await second.open(CHAT, streamingChat({ model: MODEL, max_tokens: 7000 }))
  assert.equal(answer.status, 200)
  let begun = ''
  while (begun.split('\n\n').length < 5) begun += (await answer.next())!.toString()
  await first.kill()
  const stream = begun + (await answer.rest())
  const events = stream.slice(0, -DONE.length)
  const lastEvent = events.lastIndexOf('data: ')
  assertEndsInError(stream, stream.slice(0, lastEvent), 'answer_cut')
  for (const event of stream.slice(0, lastEvent).split('\n\n').slice(0, -1)) {
    assert.ok(Array.isArray((JSON.parse(event.slice('data: '.length)) as { choices: unknown }).choices))
  }
  assertError(await second.post(CHAT, streamingChat({ model: MODEL })), 503, 'host_unavailable')
})
