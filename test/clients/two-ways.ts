import { TestApp } from '../harness/test-app.ts'

export const MODEL = 'hearth-selftest'

/** Where a client finds a Hearth, and with which key. */
export interface Way {
  readonly url: string
  readonly key: string
}

/**
 * The real embedded engine with its self-test model, reached directly, and through a second Hearth whose
 * only host is the first one.
 */
export class TwoWays implements AsyncDisposable {
  readonly #first: TestApp
  readonly #second: TestApp
  readonly ways: Readonly<Record<'directly' | 'through a second Hearth', Way>>

  private constructor(first: TestApp, second: TestApp, ways: TwoWays['ways']) {
    this.#first = first
    this.#second = second
    this.ways = ways
  }

  static async start(): Promise<TwoWays> {
    const first = await TestApp.start({ settings: { selftest: 'on' } })
    const key = await first.key('relay')
    const second = await TestApp.start({ hosts: [{ url: `${first.url}/v1`, key }] })
    return new TwoWays(first, second, {
      directly: { url: first.url, key },
      'through a second Hearth': { url: second.url, key: await second.key('relay') },
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#second[Symbol.asyncDispose]()
    await this.#first[Symbol.asyncDispose]()
  }
}
