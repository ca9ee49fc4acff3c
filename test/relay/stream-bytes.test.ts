import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { body, eventStream, eventStreamHead, finish, sliced, type Step } from '../fakes/script.ts'
import { chatChunk, DONE, finishChunk, usageChunk } from '../fakes/sse.ts'
import { CHAT, COMPLETIONS, House, streamingChat } from './house.ts'

const HI = chatChunk('Grüße 🌍')
const STOP = finishChunk('stop')
const ASKS_USAGE = { stream_options: { include_usage: true } }

async function relayed(house: House, steps: readonly Step[], request = streamingChat()): Promise<string> {
  house.host.on(CHAT, steps)
  return (await house.hearth.post(CHAT, request)).text
}

function count(stream: string, what: string): number {
  return stream.split(what).length - 1
}

suite('a stream passes byte for byte', () => {
  test('with the headers that keep proxies from holding it back', async () => {
    await using house = await House.start()
    house.host.on(CHAT, eventStream(HI, STOP, DONE))
    const answer = await house.hearth.post(CHAT, streamingChat())
    assert.equal(answer.status, 200)
    assert.equal(answer.text, HI + STOP + DONE)
    assert.equal(answer.headers['content-type'], 'text/event-stream; charset=utf-8')
    assert.equal(answer.headers['cache-control'], 'no-cache, no-transform')
    assert.equal(answer.headers['x-accel-buffering'], 'no')
  })

  test('on the completions endpoint', async () => {
    await using house = await House.start()
    const events = 'data: {"choices":[{"text":"Hi","finish_reason":null}]}\n\n' + DONE
    house.host.on(COMPLETIONS, eventStream(events))
    const answer = await house.hearth.post(COMPLETIONS, { model: 'm1', prompt: 'x', stream: true })
    assert.equal(answer.text, events)
  })

  test('with comments, event names, ids and lines of other kinds in it', async () => {
    await using house = await House.start()
    const odd =
      ': ping\n\nevent: delta\nid: 7\nretry: 3\ndata: {"choices":[]}\n\ndata:{"a":1}\n\ndata: one\ndata: two\n\nfoo\n\n'
    assert.equal(await relayed(house, eventStream(odd, HI, STOP, DONE)), odd + HI + STOP + DONE)
  })

  test('where its lines end in CRLF', async () => {
    await using house = await House.start()
    const events = (HI + STOP + DONE).replaceAll('\n', '\r\n')
    assert.equal(await relayed(house, eventStream(events)), events)
    assert.equal(await relayed(house, [eventStreamHead(), sliced(events, 1), finish()]), events)
    const noDone = (HI + STOP).replaceAll('\n', '\r\n')
    assert.equal(await relayed(house, eventStream(noDone)), noDone + DONE)
    const withUsage = (HI + STOP + usageChunk() + DONE).replaceAll('\n', '\r\n')
    assert.equal(await relayed(house, eventStream(withUsage)), events)
  })

  test('where the sentinel is split at every byte offset', async () => {
    await using house = await House.start()
    const stream = Buffer.from(HI + STOP + DONE)
    const from = Buffer.byteLength(HI + STOP) - 4
    for (let at = from; at <= stream.length; at++) {
      const halves = [stream.subarray(0, at), stream.subarray(at)].filter((half) => half.length > 0)
      const steps = halves.flatMap((half) => [body(half), () => setImmediate()])
      const answer = await relayed(house, [eventStreamHead(), ...steps, finish()])
      assert.equal(answer, stream.toString(), `split at ${at}`)
    }
  })

  test('where the whole stream is split at every byte offset and the usage is taken out', async () => {
    await using house = await House.start()
    const stream = Buffer.from(HI + STOP + usageChunk() + DONE)
    for (let at = 1; at < stream.length; at++) {
      const steps = [body(stream.subarray(0, at)), () => setImmediate(), body(stream.subarray(at))]
      assert.equal(
        await relayed(house, [eventStreamHead(), ...steps, finish()]),
        HI + STOP + DONE,
        `split at ${at}`,
      )
    }
  })

  test('in slices of one byte', async () => {
    await using house = await House.start()
    const stream = HI.repeat(20) + STOP + DONE
    assert.equal(await relayed(house, [eventStreamHead(), sliced(stream, 1), finish()]), stream)
  })

  test('where the text of the model holds the sentinel', async () => {
    await using house = await House.start()
    const texts = [
      '[DONE]',
      'data: [DONE]',
      'data: [DONE]\n\n',
      '"finish_reason":"stop"',
      '"error":{"message":"x"}',
      '"usage":{"prompt_tokens":1}',
    ]
    const events = texts.map(chatChunk).join('')
    assert.equal(await relayed(house, eventStream(events, STOP, DONE)), events + STOP + DONE)
    assert.equal(await relayed(house, eventStream(events, STOP)), events + STOP + DONE)
    const cut = await relayed(house, eventStream(events))
    assert.ok(cut.startsWith(events))
    assert.match(
      cut.slice(events.length),
      /^data: \{"error":\{.*"code":"answer_cut".*\n\ndata: \[DONE\]\n\n$/,
    )
  })

  test('with [DONE] exactly once, however often and wherever the host says it', async () => {
    await using house = await House.start()
    for (const events of [[HI, DONE, DONE], [HI, DONE + DONE], [HI, STOP, DONE, HI, DONE], [DONE]]) {
      const answer = await relayed(house, eventStream(...events))
      assert.equal(count(answer, 'data: [DONE]'), 1)
      assert.ok(answer.endsWith(DONE))
    }
  })

  test('where the last event lacks its blank line', async () => {
    await using house = await House.start()
    const answer = await relayed(house, eventStream(HI + STOP + 'data: [DONE]'))
    assert.equal(answer, HI + STOP + DONE)
    const noSentinel = await relayed(house, eventStream(HI + STOP.trimEnd()))
    assert.equal(noSentinel, HI + STOP + DONE)
  })

  test('with a line of 10 MB in it', async () => {
    await using house = await House.start()
    const stream = chatChunk('🔥'.repeat(2_500_000)) + STOP + usageChunk() + DONE
    const answer = await relayed(house, eventStream(stream))
    assert.ok(answer === stream.replace(usageChunk(), ''), `${answer.length} of ${stream.length} characters`)
  })
})

suite('the usage chunk', () => {
  test('is asked for and taken out where the caller did not ask', async () => {
    await using house = await House.start()
    assert.equal(await relayed(house, eventStream(HI, STOP, usageChunk(), DONE)), HI + STOP + DONE)
    const sent = (await house.received(CHAT)).json() as { stream_options: unknown }
    assert.deepEqual(sent.stream_options, { include_usage: true })
  })

  test('stays where the caller asked for it', async () => {
    await using house = await House.start()
    const answer = await relayed(house, eventStream(HI, STOP, usageChunk(), DONE), streamingChat(ASKS_USAGE))
    assert.equal(answer, HI + STOP + usageChunk() + DONE)
  })

  test('alone is taken out, whatever it counts: usage beside choices and null usage stay', async () => {
    await using house = await House.start()
    const kept =
      'data: {"choices":[{"index":0,"delta":{}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}\n\n' +
      'data: {"choices":[],"usage":null}\n\n' +
      'data: {"choices":[],"prompt_filter_results":[]}\n\n'
    assert.equal(
      await relayed(
        house,
        eventStream(kept, usageChunk(), 'data: {"choices":[],"usage":{"tokens":3}}\n\n', STOP, DONE),
      ),
      kept + STOP + DONE,
    )
  })

  test('is counted, and marked as estimated where the host gives none', async () => {
    await using house = await House.start()
    await relayed(house, eventStream(HI, STOP, usageChunk(31, 17), DONE))
    const counted = (await house.hearth.request('/metrics')).text
    assert.match(counted, /hearth_tokens_total\{model="m1",direction="in",source="host"\} 31\n/)
    assert.match(counted, /hearth_tokens_total\{model="m1",direction="out",source="host"\} 17\n/)
    assert.doesNotMatch(counted, /source="estimated"/)
    await relayed(house, eventStream(HI, HI, STOP, DONE))
    assert.match((await house.hearth.request('/metrics')).text, /direction="out",source="estimated"\} 3\n/)
  })
})
