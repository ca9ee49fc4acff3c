import assert from 'node:assert/strict'
import { test } from 'node:test'
import { monotonicMicros } from './monotonic.ts'
import { StampReader } from './stamp-reader.ts'

test('a stamp reader finds each stamp once, however the stream is cut', () => {
  const stamp = monotonicMicros().toFixed(0).padStart(16, '0')
  const stream = Buffer.from(`{"delta":{"content":"${stamp}"},"finish_reason":null}`.repeat(3))
  for (let pieceBytes = 1; pieceBytes <= stream.length; pieceBytes++) {
    const latenciesMs: number[] = []
    const reader = new StampReader((latencyMs) => latenciesMs.push(latencyMs))
    for (let at = 0; at < stream.length; at += pieceBytes) reader.push(stream.subarray(at, at + pieceBytes))
    assert.equal(latenciesMs.length, 3, `in pieces of ${pieceBytes}`)
    assert.ok(latenciesMs.every((ms) => ms >= -0.001 && ms < 60_000))
  }
})
