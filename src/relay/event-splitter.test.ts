import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { isAppError } from '#base/errors'
import { EventSplitter } from './event-splitter.ts'

const feed = (splitter: EventSplitter, text: string) => splitter.push(Buffer.from(text))

const isCode = (code: string) => (error: unknown) => isAppError(error) && error.code === code

suite('a stream of events taken apart', () => {
  test('gives each event once, whatever ends its lines and wherever it is cut', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const bytes = Buffer.from(
        `: hi${end}${end}data: {"a":"é🌍"}${end}${end}event: x${end}data:{"b":2}${end}${end}`,
      )
      for (let size = 1; size <= bytes.length; size++) {
        const splitter = new EventSplitter()
        const found = []
        for (let at = 0; at < bytes.length; at += size)
          found.push(...splitter.push(bytes.subarray(at, at + size)))
        found.push(...splitter.end())
        assert.deepEqual(found, [{ a: 'é🌍' }, { b: 2 }], JSON.stringify([end, size]))
      }
    }
  })

  test('finds several events, and the sentinel, where a host ends its lines singly', () => {
    const text = 'data: {"a":1}\ndata: {"b":2}\ndata: [DONE]\n\n'
    assert.deepEqual(feed(new EventSplitter(), text), [{ a: 1 }, { b: 2 }])
  })

  test('joins the lines of one object', () => {
    assert.deepEqual(feed(new EventSplitter(), 'data: {"a":\ndata: 1}\n\n'), [{ a: 1 }])
  })

  test('gives the last event at the end, although its blank line is missing', () => {
    const splitter = new EventSplitter()
    assert.deepEqual(feed(splitter, 'data: {"a":1}'), [])
    assert.deepEqual(splitter.end(), [{ a: 1 }])
  })

  test('refuses an event that is no object', () => {
    for (const text of ['data: nonsense\n\n', 'data: 1\n\n', 'data: [1]\n\n', 'data: {"a":\n\n']) {
      assert.throws(() => feed(new EventSplitter(), text), isCode('answer_unreadable'))
    }
  })

  test('refuses an event without end, and takes many that are not', () => {
    const splitter = new EventSplitter()
    const block = 'x'.repeat(1_000_000)
    assert.throws(() => {
      for (let block8 = 0; block8 < 9; block8++) feed(splitter, block)
    }, isCode('answer_too_large'))
    const other = new EventSplitter()
    for (let event = 0; event < 20; event++) assert.equal(feed(other, `data: {"a":"${block}"}\n\n`).length, 1)
  })
})
