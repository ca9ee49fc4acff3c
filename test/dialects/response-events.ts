import assert from 'node:assert/strict'
import type { DialectEvent } from './events.ts'

type Fields = Record<string, unknown>
const PARTS: Record<string, { field: string; item: string; event: string }> = {
  output_text: { field: 'text', item: 'message', event: 'response.output_text' },
  refusal: { field: 'refusal', item: 'message', event: 'response.refusal' },
  reasoning_text: { field: 'text', item: 'reasoning', event: 'response.reasoning_text' },
}

/**
 * Follows the events of a response as the official order has it, and returns the response at its end, or
 * undefined where they end in an error. Anything out of order fails.
 */
export function followResponse(events: readonly DialectEvent[]): Fields | undefined {
  for (const [index, event] of events.entries()) assert.equal(event.sequence_number, index, event.type)
  const failedAt = events.findIndex(({ type }) => type === 'error')
  if (failedAt === -1) {
    const follower = new Follower(events)
    assert.ok(follower.final, 'the response does not end')
    return follower.final
  }
  const { code, message } = events[failedAt]!
  assert.ok(typeof code === 'string' && typeof message === 'string')
  if (failedAt === 0) {
    assert.equal(events.length, 1)
    return undefined
  }
  assert.equal(new Follower(events.slice(0, failedAt)).final, undefined)
  const [failed, ...rest] = events.slice(failedAt + 1)
  assert.equal(failed!.type, 'response.failed')
  assert.equal((failed!.response as Fields).status, 'failed')
  assert.deepEqual(rest, [])
  return undefined
}

class Follower {
  final: Fields | undefined
  readonly #id: unknown
  readonly #done: Fields[] = []
  #item: { id: unknown; type: unknown; parts: Fields[]; text: string; isClosed: boolean } | undefined
  #part: { shape: (typeof PARTS)[string]; text: string; isTold: boolean } | undefined

  constructor([created, inProgress, ...events]: readonly DialectEvent[]) {
    assert.equal(created!.type, 'response.created')
    assert.equal(inProgress!.type, 'response.in_progress')
    const begun = created!.response as Fields
    assert.deepEqual([begun.status, begun.output], ['in_progress', []])
    this.#id = begun.id
    for (const event of events) this.#follow(event)
  }

  #follow(event: DialectEvent): void {
    assert.equal(this.final, undefined, `${event.type} after the end`)
    switch (event.type) {
      case 'response.output_item.added':
        this.#addItem(event)
        return
      case 'response.output_item.done':
        this.#endItem(event)
        return
      case 'response.content_part.added':
        this.#addPart(event)
        return
      case 'response.content_part.done':
        this.#endPart(event)
        return
      case 'response.function_call_arguments.delta':
      case 'response.function_call_arguments.done':
        this.#followCall(event)
        return
      case 'response.completed':
      case 'response.incomplete':
        this.#end(event)
        return
      default:
        this.#followText(event)
    }
  }

  #addItem({ output_index: index, item }: DialectEvent): void {
    assert.equal(this.#item, undefined)
    assert.equal(index, this.#done.length)
    const { id, type, status } = item as Fields
    assert.equal(status, 'in_progress')
    this.#item = { id, type, parts: [], text: '', isClosed: type !== 'function_call' }
  }

  #endItem({ output_index: index, item }: DialectEvent): void {
    assert.ok(this.#item?.isClosed && this.#part === undefined)
    assert.equal(index, this.#done.length)
    const done = item as Fields
    assert.equal(done.id, this.#item.id)
    assert.equal(done.type, this.#item.type)
    if (done.type === 'function_call') assert.equal(done.arguments, this.#item.text)
    else assert.deepEqual(done.content, this.#item.parts)
    this.#done.push(done)
    this.#item = undefined
  }

  #addPart(event: DialectEvent): void {
    this.#inItem(event)
    assert.equal(this.#part, undefined)
    const part = event.part as Fields
    const shape = PARTS[String(part.type)]!
    assert.equal(this.#item!.type, shape.item)
    assert.equal(event.content_index, this.#item!.parts.length)
    assert.equal(part[shape.field], '')
    this.#part = { shape, text: '', isTold: false }
  }

  #endPart(event: DialectEvent): void {
    this.#inItem(event)
    assert.ok(this.#part?.isTold)
    const part = event.part as Fields
    assert.equal(part[this.#part.shape.field], this.#part.text)
    this.#item!.parts.push(part)
    this.#part = undefined
  }

  #followText(event: DialectEvent): void {
    this.#inItem(event)
    assert.ok(this.#part, `${event.type} outside a part`)
    const { shape } = this.#part
    assert.equal(event.content_index, this.#item!.parts.length)
    if (event.type === `${shape.event}.delta`) this.#part.text += String(event.delta)
    else {
      assert.equal(event.type, `${shape.event}.done`)
      assert.equal(event[shape.field], this.#part.text)
      this.#part.isTold = true
    }
  }

  #followCall(event: DialectEvent): void {
    this.#inItem(event)
    assert.equal(this.#item!.type, 'function_call')
    assert.ok(!this.#item!.isClosed)
    if (event.type.endsWith('.delta')) this.#item!.text += String(event.delta)
    else {
      assert.equal(event.arguments, this.#item!.text)
      this.#item!.isClosed = true
    }
  }

  #inItem(event: DialectEvent): void {
    assert.ok(this.#item, `${event.type} outside an item`)
    assert.equal(event.item_id, this.#item.id)
    assert.equal(event.output_index, this.#done.length)
  }

  #end(event: DialectEvent): void {
    assert.equal(this.#item, undefined)
    const response = event.response as Fields
    assert.equal(response.id, this.#id)
    assert.equal(event.type, `response.${String(response.status)}`)
    assert.deepEqual(response.output, this.#done)
    this.final = response
  }
}
