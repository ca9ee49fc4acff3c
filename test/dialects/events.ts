import assert from 'node:assert/strict'

export interface DialectEvent {
  readonly type: string
  readonly [field: string]: unknown
}

/** The events of a stream; a name that differs from the type in its data fails. */
export function eventsOf(stream: string): DialectEvent[] {
  assert.ok(stream === '' || stream.endsWith('\n\n'), 'the last event is not complete')
  return stream
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const match = /^event: (.+)\ndata: (\{.*\})$/s.exec(block)
      assert.ok(match, `no event: ${JSON.stringify(block)}`)
      const event = JSON.parse(match[2]!) as DialectEvent
      assert.equal(event.type, match[1])
      return event
    })
}
