import assert from 'node:assert/strict'
import type { Answer } from '../harness/answers.ts'
import { TestApp, type TestAppOptions } from '../harness/test-app.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { DONE } from '../fakes/sse.ts'

export const CHAT = '/v1/chat/completions'
export const COMPLETIONS = '/v1/completions'
export const EMBEDDINGS = '/v1/embeddings'

/** Requests pass as they are: most tests look at bytes. */
const NO_SAMPLING = { temperature: null, top_p: null }

/** A Hearth with one scripted host behind it. */
export class House implements AsyncDisposable {
  readonly host: ScriptedHost
  readonly hearth: TestApp

  private constructor(host: ScriptedHost, hearth: TestApp) {
    this.host = host
    this.hearth = hearth
  }

  static async start(
    options: Omit<TestAppOptions, 'hosts'> & { models?: readonly string[]; host?: object } = {},
  ): Promise<House> {
    const { models = ['m1'], host: entry = {}, settings, ...rest } = options
    const host = await ScriptedHost.start({ models })
    return new House(
      host,
      await TestApp.start({
        ...rest,
        hosts: [{ url: host.url, ...entry }],
        settings: { ...NO_SAMPLING, ...settings },
      }),
    )
  }

  /** The request for `path` that reached the host; the first one where nothing else is said. */
  async received(path: string, index = 0) {
    const all = () => this.host.requests.filter((request) => request.path === path)
    await this.host.until(() => all().length > index, `request ${index} for ${path}`)
    return all()[index]!
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hearth[Symbol.asyncDispose]()
    await this.host[Symbol.asyncDispose]()
  }
}

/** A chat request; `fields` are added or win. */
export function chat(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { model: 'm1', messages: [{ role: 'user', content: 'Hello' }], ...fields }
}

/** The same, to be answered as a stream. */
export function streamingChat(fields: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return chat({ stream: true, ...fields })
}

interface OpenAiError {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string
  }
}

/** The answer is OpenAI's error with this status and code; returns the error for more questions. */
export function assertError(answer: Answer, status: number, code: string): OpenAiError['error'] {
  assert.equal(answer.status, status, answer.text)
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
  const { error } = answer.json<OpenAiError>()
  assert.deepEqual(Object.keys(error).slice(0, 4), ['message', 'type', 'param', 'code'])
  assert.equal(error.code, code)
  return error
}

/** The stream is `before`, one error event with this code, and one `[DONE]`: nothing else. */
export function assertEndsInError(stream: string, before: string, code: string): OpenAiError['error'] {
  assert.equal(stream.slice(0, before.length), before)
  const event = /^data: (\{.*\})\n\n$/.exec(stream.slice(before.length, -DONE.length))
  assert.ok(event, `no single error event in ${JSON.stringify(stream.slice(before.length))}`)
  assert.equal(stream.slice(-DONE.length), DONE)
  const { error } = JSON.parse(event[1]!) as OpenAiError
  assert.equal(error.code, code)
  assert.deepEqual(Object.keys(error).slice(0, 4), ['message', 'type', 'param', 'code'])
  return error
}
