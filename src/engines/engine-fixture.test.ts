/** What the tests of the engine share: an engine over the self-test model, an HTTP client, a clock. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { isAppError, type AppError } from '#base/errors'
import { systemClock, type Clock, type Timer } from '#base/time'
import { ensureSelftestModel, SELFTEST_MODEL_ID } from '#selftest/index'
import { EmbeddedEngine, type EmbeddedEngineOptions } from './embedded-engine.ts'
import type { EmbeddedModelStatus } from './embedded-model.ts'

export const NEVER = new AbortController().signal

/** An engine with a folder of its own that remembers what it was told. */
export class EngineUnderTest {
  readonly engine: EmbeddedEngine
  readonly folder: string
  readonly modelPath: string
  readonly logged: string[] = []
  readonly #watchers = new Set<() => void>()

  private constructor(folder: string, options: Partial<EmbeddedEngineOptions>) {
    this.folder = folder
    this.modelPath = join(folder, 'selftest.gguf')
    const note = (_: object, message: string): void => {
      this.logged.push(message)
      this.#changed()
    }
    this.engine = new EmbeddedEngine({
      socketDir: join(folder, 'sockets'),
      clock: systemClock,
      log: { debug: note, info: note, warn: note, error: note },
      onChange: () => this.#changed(),
      ...options,
    })
  }

  static async start(options: Partial<EmbeddedEngineOptions> = {}): Promise<EngineUnderTest> {
    const started = new EngineUnderTest(await mkdtemp(join(tmpdir(), 'hearth-engine-')), options)
    await ensureSelftestModel(started.modelPath)
    started.engine.add({ id: SELFTEST_MODEL_ID, path: started.modelPath, selftest: true })
    return started
  }

  status(id = SELFTEST_MODEL_ID): EmbeddedModelStatus {
    const status = this.engine.list().find((one) => one.id === id)
    assert.ok(status, `the model ${id} is listed`)
    return status
  }

  async ready(id = SELFTEST_MODEL_ID): Promise<string> {
    const { socketPath } = await this.engine.ready(id, NEVER)
    return socketPath
  }

  /** Resolves once `holds`; looks after every change and every line logged. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return
        this.#watchers.delete(look)
        resolve()
      }
      this.#watchers.add(look)
      look()
    })
  }

  async close(): Promise<void> {
    await this.engine.close()
    await rm(this.folder, { recursive: true })
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher()
  }
}

/** A clock that stands still until the test moves it. */
export class ManualClock implements Clock {
  #time = 1_000_000
  readonly #timers = new Set<{ at: number; run: () => void }>()

  now(): number {
    return this.#time
  }

  monotonic(): number {
    return this.#time
  }

  after(ms: number, run: () => void): Timer {
    const timer = { at: this.#time + ms, run }
    this.#timers.add(timer)
    return {
      refresh: () => {
        timer.at = this.#time + ms
      },
      cancel: () => {
        this.#timers.delete(timer)
      },
    }
  }

  /** Moves on, running what falls due in its order. */
  advance(ms: number): void {
    const end = this.#time + ms
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers.delete(next)
      this.#time = next.at
      next.run()
    }
    this.#time = end
  }
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** A request on the socket of a model; GET without a body. */
export function send(socketPath: string, path: string, body?: unknown): ClientRequest {
  const sent = request({ socketPath, path, method: body === undefined ? 'GET' : 'POST' })
  sent.end(body === undefined ? undefined : JSON.stringify(body))
  return sent
}

export function response(sent: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('response', resolve).on('error', reject)
  })
}

export async function call(socketPath: string, path: string, body?: unknown): Promise<Reply> {
  const incoming = await response(send(socketPath, path, body))
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, text: await text(incoming) }
}

export interface Completion {
  readonly id: string
  readonly object: string
  readonly system_fingerprint: string
  readonly choices: readonly [
    {
      readonly message: { readonly role: string; readonly content: string }
      readonly text: string
      readonly finish_reason: string
    },
  ]
  readonly usage: {
    readonly prompt_tokens: number
    readonly completion_tokens: number
    readonly total_tokens: number
  }
}

const HELLO = [{ role: 'user', content: 'Tell me about the kitchen.' }]

/** A chat completion that must succeed. */
export async function chat(socketPath: string, fields: object): Promise<Completion> {
  const reply = await call(socketPath, '/v1/chat/completions', { messages: HELLO, ...fields })
  assert.equal(reply.status, 200, reply.text)
  return JSON.parse(reply.text) as Completion
}

export async function chatText(socketPath: string, fields: object): Promise<string> {
  return (await chat(socketPath, fields)).choices[0].message.content
}

/** The OpenAI error of a chat request that must fail. */
export async function refused(
  socketPath: string,
  path: string,
  body: object,
): Promise<{ status: number; param: string | null; code: string; message: string; type: string }> {
  const reply = await call(socketPath, path, path.includes('chat') ? { messages: HELLO, ...body } : body)
  const { error } = JSON.parse(reply.text) as {
    error: { param: string | null; code: string; message: string; type: string }
  }
  return { status: reply.status, ...error }
}

/** A chat stream: the chunks, and what ended it. */
export async function chatStream(
  socketPath: string,
  fields: object,
): Promise<{ headers: IncomingMessage['headers']; chunks: Chunk[]; last: string }> {
  const body = { messages: HELLO, stream: true, ...fields }
  const reply = await call(socketPath, '/v1/chat/completions', body)
  const lines = reply.text.split('\n\n')
  assert.equal(lines.pop(), '', 'the stream ends with an empty line')
  const last = lines.pop() ?? ''
  return {
    headers: reply.headers,
    chunks: lines.map((line) => JSON.parse(line.slice('data: '.length)) as Chunk),
    last,
  }
}

export interface Chunk {
  readonly id: string
  readonly object: string
  readonly choices: readonly {
    readonly delta: { role?: string; content?: string }
    readonly finish_reason: string | null
  }[]
  readonly usage?: Completion['usage']
}

/** Looks again and again, a turn of the event loop apart, until `holds`; fails after ten seconds. */
export async function eventually(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Waited ten seconds in vain for ${what}.`)
    await new Promise(setImmediate)
  }
}

/** An engine that is closed after the test. */
export async function engineFor(
  t: TestContext,
  options: Partial<EmbeddedEngineOptions> = {},
): Promise<EngineUnderTest> {
  const tested = await EngineUnderTest.start(options)
  t.after(() => tested.close())
  return tested
}

/** The AppError that `promise` must fail with. */
export async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(isAppError(error), `an AppError, not ${String(error)}`)
  return error
}
