import type { ChildProcess } from 'node:child_process'
import { describe } from '#base/errors'
import { within } from '../fakes/within.ts'

interface Call {
  readonly call: number
  readonly name: string
  readonly input: unknown
}

interface Reply {
  readonly reply: number
  readonly value?: unknown
  readonly error?: string
}

/** What a child process can be asked to do. */
export type Handlers = Readonly<Record<string, (input: never) => unknown>>

/** In a child process: answers what its parent asks over the channel between them, until the parent is gone. */
export function answerCalls(handlers: Handlers): void {
  process.on('message', (message: Call) => {
    const handler = handlers[message.name] as (input: unknown) => unknown
    const send = (reply: Omit<Reply, 'reply'>): void => void process.send!({ reply: message.call, ...reply })
    Promise.resolve()
      .then(() => handler(message.input))
      .then((value) => send({ value }))
      .catch((error: unknown) => send({ error: describe(error) }))
  })
  process.once('disconnect', () => process.exit())
}

/** In the parent: asks a child process, which must answer in time. */
export class ChildCalls {
  readonly #child: ChildProcess
  readonly #limitMs: number
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  #calls = 0

  constructor(child: ChildProcess, limitMs = 10_000) {
    this.#child = child
    this.#limitMs = limitMs
    child.on('message', (message) => {
      const reply = message as Reply
      this.#waiting.get(reply.reply)?.(reply)
      this.#waiting.delete(reply.reply)
    })
  }

  async call<Value>(name: string, input?: unknown): Promise<Value> {
    const call = ++this.#calls
    const answered = new Promise<Reply>((resolve) => this.#waiting.set(call, resolve))
    this.#child.send({ call, name, input } satisfies Call)
    const { value, error } = await within(this.#limitMs, `the answer of a child to ${name}`, answered)
    if (error !== undefined) throw new Error(`${name}: ${error}`)
    return value as Value
  }
}
