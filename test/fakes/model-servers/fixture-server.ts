import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { json as readJson } from 'node:stream/consumers'
import type { Engine } from '#hosts/kinds/engine'
import type { HostTarget } from '#hosts/index'
import { HostPool } from '#platform/fetch/index'

export interface FixtureAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Sent as JSON, unless there is text. */
  readonly body?: unknown
  readonly text?: string
}

/** How one server answers: by `METHOD path`, with the model asked for behind it where it matters. */
export interface Fixture {
  readonly engine: Engine
  /** Name and version of the server whose answers these are. */
  readonly server: string
  readonly source: string
  readonly answers: Readonly<Record<string, FixtureAnswer>>
  /** What it answers to everything else. */
  readonly otherwise: FixtureAnswer
}

const FOLDER = join(import.meta.dirname, '..', '..', 'fixtures', 'hosts')

export function readFixture(name: string): Fixture {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as Fixture
}

/** A model server that answers from a fixture over HTTP, below a path where one is given. */
export class FixtureServer implements AsyncDisposable {
  /** Every request as `METHOD path`. */
  readonly asked: string[] = []
  answers: Record<string, FixtureAnswer>
  readonly #fixture: Fixture
  readonly #basePath: string
  readonly #server: Server
  #pool: HostPool | undefined

  private constructor(fixture: Fixture, basePath: string) {
    this.#fixture = fixture
    this.#basePath = basePath
    this.answers = { ...fixture.answers }
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  static async start(fixture: Fixture | string, basePath = ''): Promise<FixtureServer> {
    const read = typeof fixture === 'string' ? readFixture(fixture) : fixture
    const started = new FixtureServer(read, basePath)
    started.#server.listen(0, '127.0.0.1')
    await once(started.#server, 'listening')
    started.#pool = new HostPool({ origin: started.origin })
    return started
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return this.origin + this.#basePath
  }

  get target(): HostTarget {
    return { pool: this.#pool!, basePath: this.#basePath, authorization: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool!.close()
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request
    const question = method === 'POST' ? ((await readJson(request)) as { model?: unknown }) : {}
    this.asked.push(`${method} ${url}`)
    const { status, headers, body, text } = this.#answerFor(method, url, question.model)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(text ?? JSON.stringify(body))
  }

  #answerFor(method: string, url: string, model: unknown): FixtureAnswer {
    const { otherwise } = this.#fixture
    if (!url.startsWith(this.#basePath)) return otherwise
    const path = url.slice(this.#basePath.length)
    return (
      this.answers[`${method} ${path} ${String(model)}`] ?? this.answers[`${method} ${path}`] ?? otherwise
    )
  }
}
