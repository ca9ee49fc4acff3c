import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { AnswerReader } from './answer-reader.ts'

const COUNTED = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'

/** How many bytes the reader saw before it called the answer complete. */
function completeAfter(answer: string, pieceBytes: number): number {
  const reader = new AnswerReader()
  let seen = 0
  while (!reader.isComplete && seen < answer.length) {
    reader.push(Buffer.from(answer.slice(seen, seen + pieceBytes)))
    seen += pieceBytes
  }
  return reader.isComplete ? Math.min(seen, answer.length) : Number.NaN
}

suite('an answer reader', () => {
  for (const answer of [COUNTED, CHUNKED]) {
    test(`finds the end however the answer is cut: ${answer.slice(17, 34)}`, () => {
      assert.equal(completeAfter(answer, answer.length), answer.length)
      for (let pieceBytes = 1; pieceBytes < 20; pieceBytes++) {
        assert.equal(completeAfter(answer, pieceBytes), answer.length, `in pieces of ${pieceBytes}`)
      }
    })
  }

  test('does not call an answer complete before its last byte', () => {
    assert.ok(Number.isNaN(completeAfter(COUNTED.slice(0, -1), 1000)))
    assert.ok(Number.isNaN(completeAfter(CHUNKED.slice(0, -1), 1000)))
  })

  test('tells status, size and whether the connection lives on', () => {
    const reader = new AnswerReader()
    reader.push(
      Buffer.from('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno'),
    )
    assert.deepEqual([reader.status, reader.bodyBytes, reader.keepsAlive], [503, 2, false])
  })
})
