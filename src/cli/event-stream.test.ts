import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEvents } from './event-stream.ts'

async function* pieces(text: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes)
}

const STREAM =
  ': hello\n\ndata: {"a":"é🔥"}\n\ndata:first\r\ndata: second\r\nid: 7\r\n\r\ndata: cr\r\rdata\n\ndata: cut off'
const EVENTS = ['{"a":"é🔥"}', 'first\nsecond', 'cr', '']

for (const sizeBytes of [1, 2, 3, 7, 1000]) {
  test(`events are whole however the bytes are cut (${String(sizeBytes)} at a time)`, async () => {
    const events: string[] = []
    for await (const event of readEvents(pieces(STREAM, sizeBytes))) events.push(event)
    assert.deepEqual(events, EVENTS)
  })
}
