import assert from 'node:assert/strict'
import type { DialectEvent } from './events.ts'

type Fields = Record<string, unknown>
const DELTAS: Record<string, string> = {
  text: 'text_delta',
  thinking: 'thinking_delta',
  tool_use: 'input_json_delta',
}

/**
 * Follows the events of a message as the official order has it, and returns the message they build, or
 * undefined where they end in an error. Anything out of order fails.
 */
export function followMessage(events: readonly DialectEvent[]): Fields | undefined {
  const rest = events.filter(({ type }) => type !== 'ping')
  if (rest.at(-1)?.type === 'error') {
    checkError(rest.pop()!)
    if (rest.length > 0) new Follower(rest)
    return undefined
  }
  const follower = new Follower(rest)
  assert.ok(follower.isStopped, 'the message does not stop')
  return follower.message
}

class Follower {
  readonly message: Fields
  isStopped = false
  readonly #content: Fields[] = []
  #open: { block: Fields; text: string } | undefined
  #hasDelta = false

  constructor([start, ...events]: readonly DialectEvent[]) {
    assert.equal(start!.type, 'message_start')
    this.message = start!.message as Fields
    assert.deepEqual(this.message.content, [])
    for (const event of events) this.#follow(event)
    this.message.content = this.#content
  }

  #follow(event: DialectEvent): void {
    assert.ok(!this.isStopped, `${event.type} after message_stop`)
    switch (event.type) {
      case 'content_block_start':
        assert.ok(this.#open === undefined && !this.#hasDelta)
        assert.equal(event.index, this.#content.length)
        this.#open = { block: event.content_block as Fields, text: '' }
        return
      case 'content_block_delta':
        this.#delta(event)
        return
      case 'content_block_stop':
        assert.ok(this.#open)
        assert.equal(event.index, this.#content.length)
        this.#content.push(closed(this.#open))
        this.#open = undefined
        return
      case 'message_delta':
        assert.ok(this.#open === undefined && !this.#hasDelta)
        this.#hasDelta = true
        Object.assign(this.message, event.delta)
        this.message.usage = event.usage
        return
      case 'message_stop':
        assert.ok(this.#hasDelta)
        this.isStopped = true
        return
      default:
        assert.fail(`${event.type} is no event of a message`)
    }
  }

  #delta({ index, delta }: DialectEvent): void {
    assert.ok(this.#open)
    assert.equal(index, this.#content.length)
    const fields = delta as Record<string, string>
    assert.equal(fields.type, DELTAS[String(this.#open.block.type)])
    this.#open.text += fields.text ?? fields.thinking ?? fields.partial_json ?? ''
  }
}

function closed({ block, text }: { block: Fields; text: string }): Fields {
  if (block.type === 'text') return { ...block, text }
  if (block.type === 'thinking') return { ...block, thinking: text }
  return { ...block, input: JSON.parse(text === '' ? '{}' : text) as unknown }
}

function checkError({ error }: DialectEvent): void {
  const { type, message } = error as Fields
  assert.match(String(type), /_error$/)
  assert.ok(typeof message === 'string' && message.length > 0)
}
