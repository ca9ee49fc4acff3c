import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventStreamTap } from './event-stream-tap.ts'

const chunk = (content: string, finish: string | null = null): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })}\n\n`
const USAGE = `data: ${JSON.stringify({ id: 'c', choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 } })}\n\n`
const DONE = 'data: [DONE]\n\n'

interface Read {
  readonly out: string
  readonly tap: EventStreamTap
}

function read(parts: readonly (string | Buffer)[], stripUsage = false): Read {
  const tap = new EventStreamTap({ stripUsage })
  const out = parts.map((part) => Buffer.from(tap.push(Buffer.from(part))))
  out.push(Buffer.from(tap.end()))
  return { out: Buffer.concat(out).toString(), tap }
}

function splitAt(text: string, offset: number): Buffer[] {
  const bytes = Buffer.from(text)
  return [bytes.subarray(0, offset), bytes.subarray(offset)]
}

test('a normal stream passes unchanged, split at every byte offset', () => {
  const stream = chunk('Hé') + chunk('llo 🔥') + chunk('', 'stop') + USAGE + DONE
  for (let offset = 0; offset <= Buffer.byteLength(stream); offset++) {
    const { out, tap } = read(splitAt(stream, offset))
    assert.equal(out, stream, `split at ${offset}`)
    assert.ok(tap.doneSeen && tap.isWhole && !tap.errorSeen)
    assert.deepEqual(tap.usage, { promptTokens: 3, completionTokens: 2 })
  }
})

test('a stream in slices of one byte passes unchanged', () => {
  const stream = chunk('a') + ': comment\n\n' + chunk('', 'length') + DONE
  const { out, tap } = read([...Buffer.from(stream)].map((byte) => Buffer.from([byte])))
  assert.equal(out, stream)
  assert.ok(tap.isWhole)
})

test('CRLF and CR streams pass unchanged, split at every byte offset', () => {
  for (const newline of ['\r\n', '\r']) {
    const stream = (chunk('a') + chunk('', 'stop') + DONE).replaceAll('\n', newline)
    for (let offset = 0; offset <= stream.length; offset++) {
      const { out, tap } = read(splitAt(stream, offset))
      assert.equal(out, stream, `split at ${offset}`)
      assert.ok(tap.doneSeen)
    }
  }
})

test('exactly the usage chunk that the client did not ask for is taken out, at every offset', () => {
  const before = chunk('a') + chunk('b', 'stop')
  const stream = before + USAGE + DONE
  for (let offset = 0; offset <= stream.length; offset++) {
    const { out, tap } = read(splitAt(stream, offset), true)
    assert.equal(out, before + DONE, `split at ${offset}`)
    assert.deepEqual(tap.usage, { promptTokens: 3, completionTokens: 2 })
  }
})

test('usage on a chunk with choices is read and stays', () => {
  const stream = `data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}\n\n${DONE}`
  const { out, tap } = read([stream], true)
  assert.equal(out, stream)
  assert.deepEqual(tap.usage, { promptTokens: 1, completionTokens: 1 })
})

test('the sentinel goes out once and nothing follows it', () => {
  const stream = chunk('a', 'stop') + DONE
  for (const after of [DONE, chunk('late'), ': bye\n\n', 'data: [DO']) {
    assert.equal(read([stream + after]).out, stream)
    assert.equal(read([stream, after]).out, stream)
  }
})

test('the sentinel inside the text of the model is text', () => {
  const stream = chunk('[DONE]') + chunk('data: [DONE]\n\n')
  const { out, tap } = read([stream])
  assert.equal(out, stream)
  assert.ok(!tap.doneSeen && !tap.isWhole)
})

test('keys inside the text of the model are text', () => {
  const stream = chunk('{"finish_reason":"stop","usage":{"prompt_tokens":9},"error":{"message":"x"}}')
  const { out, tap } = read([stream])
  assert.equal(out, stream)
  assert.ok(!tap.isWhole && !tap.errorSeen)
  assert.equal(tap.usage, undefined)
})

test('a null finish reason does not make an answer whole; a string does', () => {
  assert.equal(read([chunk('a')]).tap.isWhole, false)
  assert.equal(read([chunk('a', 'length')]).tap.isWhole, true)
  assert.equal(read(['data: {"choices":[{"finish_reason" : "stop"}]}\n\n']).tap.isWhole, true)
})

test('a last event without its blank line is completed when it is complete in itself', () => {
  assert.equal(read([chunk('a', 'stop'), 'data: [DONE]']).out, chunk('a', 'stop') + DONE)
  assert.equal(read([chunk('a'), chunk('', 'stop').trimEnd()]).out, chunk('a') + chunk('', 'stop'))
})

test('an event cut in the middle does not go out', () => {
  for (const cut of ['data: {"choices":[{"del', 'dat', 'data: [DO']) {
    const { out, tap } = read([chunk('a'), cut])
    assert.equal(out, chunk('a'))
    assert.equal(tap.isWhole, false)
  }
})

test('an error that the host reports in the stream is noted', () => {
  const stream = `data: {"error":{"message":"out of memory","type":"server_error"}}\n\n`
  const { out, tap } = read([stream])
  assert.equal(out, stream)
  assert.ok(tap.errorSeen && !tap.isWhole)
})

test('a 10 MB event flows without being held, and what follows is read', () => {
  const long = chunk('x'.repeat(10_000_000), 'stop')
  const stream = long + USAGE + DONE
  for (const size of [16_384, 65_536, 1_000_003]) {
    const tap = new EventStreamTap({ stripUsage: true })
    const out: Buffer[] = []
    let largestLag = 0
    let taken = 0
    let given = 0
    const bytes = Buffer.from(stream)
    for (let at = 0; at < bytes.length; at += size) {
      const piece = bytes.subarray(at, at + size)
      taken += piece.length
      out.push(Buffer.from(tap.push(piece)))
      given += out.at(-1)!.length
      largestLag = Math.max(largestLag, taken - given)
    }
    assert.equal(Buffer.concat(out).toString(), long + DONE)
    assert.ok(largestLag <= 65_536 + size, `held ${largestLag} bytes`)
    assert.ok(tap.isWhole)
    assert.deepEqual(tap.usage, { promptTokens: 3, completionTokens: 2 })
  }
})

test('after the cut of a long event a blank line separates what follows', () => {
  const tap = new EventStreamTap({ stripUsage: false })
  tap.push(Buffer.from(`data: {"choices":"${'x'.repeat(100_000)}`))
  assert.equal(tap.cut().toString(), '\n\n')
  assert.equal(new EventStreamTap({ stripUsage: false }).cut().length, 0)
})

test('an empty finish reason does not make an answer whole', () => {
  assert.equal(read([chunk('a', '')]).tap.isWhole, false)
})

test('a long event that stays open is cut, whatever it held', () => {
  const tap = new EventStreamTap({ stripUsage: false })
  tap.push(
    Buffer.from(`data: {"choices":[{"finish_reason":"stop","delta":{"content":"${'x'.repeat(100_000)}`),
  )
  assert.equal(tap.isWhole, false)
  assert.equal(tap.end().length, 0)
  assert.equal(tap.isWhole, false)
  assert.equal(tap.cut().toString(), '\n\n')
})

test('the sentinel on the last line of a longer event counts', () => {
  const stream = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\ndata: [DONE]\n\n'
  const { out, tap } = read([stream])
  assert.equal(out, stream)
  assert.ok(tap.doneSeen)
})

test('a usage chunk goes out of sight whatever numbers it holds, and impossible numbers do not count', () => {
  const odd = 'data: {"choices":[],"usage":{"total_tokens":7}}\n\n'
  const wild = 'data: {"choices":[],"usage":{"prompt_tokens":1e999,"completion_tokens":-5}}\n\n'
  const { out, tap } = read([chunk('a', 'stop') + odd + wild + DONE], true)
  assert.equal(out, chunk('a', 'stop') + DONE)
  assert.equal(tap.usage, undefined)
})

test('with several choices a stream is whole only when each that began has finished', () => {
  const chunk = (index: number, finish: string | null) =>
    Buffer.from(`data: ${JSON.stringify({ choices: [{ index, delta: {}, finish_reason: finish }] })}\n\n`)
  const tap = new EventStreamTap({ stripUsage: false, manyChoices: true })
  for (const bytes of [chunk(0, null), chunk(1, null), chunk(0, 'stop'), chunk(0, null)]) tap.push(bytes)
  assert.equal(tap.isWhole, false)
  tap.push(chunk(1, 'length'))
  assert.equal(tap.isWhole, true)
})
