import assert from 'node:assert/strict'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { ensureSelftestModel } from '#selftest/index'
import { tempFolder } from '../contracts/temp-folder.ts'
import { body, eventStreamHead, finish, json, type Step } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { chatChunk, DONE } from '../fakes/sse.ts'
import { forEachDatabase, type DatabaseKind } from '../harness/each-database.ts'
import { TestApp } from '../harness/test-app.ts'
import { until } from '../harness/until.ts'
import { CHAT, chat, streamingChat } from '../relay/house.ts'

const PIECES = Array.from({ length: 20 }, (_, index) => chatChunk(`piece ${index} `))
const WHOLE = PIECES.join('') + DONE
const STREAM: readonly Step[] = [
  eventStreamHead(),
  ...PIECES.map((piece) => body(piece)),
  body(DONE),
  finish(),
]

/** Two scripted hosts that share a model, and a GGUF file for the embedded engine, behind one Hearth. */
class WholeHouse implements AsyncDisposable {
  readonly first: ScriptedHost
  readonly second: ScriptedHost
  readonly hearth: TestApp

  private constructor(first: ScriptedHost, second: ScriptedHost, hearth: TestApp) {
    this.first = first
    this.second = second
    this.hearth = hearth
  }

  static async start(on: DatabaseKind): Promise<WholeHouse> {
    const first = await ScriptedHost.start({ models: ['shared', 'only-first'] })
    const second = await ScriptedHost.start({ models: ['only-second', 'shared'] })
    for (const host of [first, second]) {
      host.on(CHAT, ({ body: bytes }) => {
        const { stream } = JSON.parse(bytes.toString()) as { stream?: boolean }
        return stream === true ? STREAM : [json({ choices: [], from: host.url })]
      })
    }
    const file = join(tempFolder(), 'in-the-house.gguf')
    await ensureSelftestModel(file)
    const hearth = await TestApp.start({
      file: { lm_hosts: [first.url, second.url] },
      settings: { ...(await on.newSettings()), models: [file] },
    })
    return new WholeHouse(first, second, hearth)
  }

  /** Sends requests for the shared model, so many at a time; tells what became of each. */
  async traffic(count: number, atOnce: number, onEach: (done: number) => Promise<void> | void) {
    const outcomes: { isStream: boolean; status: number; text: string }[] = []
    let sent = 0
    const caller = async (): Promise<void> => {
      while (sent < count) {
        const isStream = sent++ % 2 === 0
        const request = isStream ? streamingChat({ model: 'shared' }) : chat({ model: 'shared' })
        const { status, text } = await this.hearth.unchecked(CHAT, { method: 'POST', body: request })
        outcomes.push({ isStream, status, text })
        await onEach(outcomes.length)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, caller))
    return outcomes
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.hearth[Symbol.asyncDispose]()
    await this.first[Symbol.asyncDispose]()
    await this.second[Symbol.asyncDispose]()
  }
}

forEachDatabase((on) => {
  suite('two hosts and the embedded engine', () => {
    test('are one list of models, each with everyone who has it', async () => {
      await using house = await WholeHouse.start(on)
      const list = (await house.hearth.request('/api/models/metadata')).json<{
        data: { id: string; context_window_source: string; hosts: { host: string }[] }[]
      }>()
      const names = [house.first, house.second].map(({ url }) => new URL(url).host)
      assert.deepEqual(
        list.data.map(({ id, context_window_source: source, hosts }) => [
          id,
          source,
          hosts.map(({ host }) => host),
        ]),
        [
          ['shared', 'default', names],
          ['only-first', 'default', [names[0]]],
          ['only-second', 'default', [names[1]]],
          ['in-the-house', 'default', ['embedded']],
        ],
      )
      const { host_health: health } = (await house.hearth.request('/api/status')).json<{
        host_health: Record<string, string>
      }>()
      assert.deepEqual(health, { [house.first.url]: 'ok', [house.second.url]: 'ok' })
    })

    test('lose no request that had not begun when one of them dies', async () => {
      await using house = await WholeHouse.start(on)
      let stopping: Promise<void> | undefined
      const outcomes = await house.traffic(200, 16, (done) => {
        if (done === 60) stopping = house.first.stop()
      })
      await stopping
      assert.equal(outcomes.length, 200)
      for (const { isStream, status, text } of outcomes) {
        assert.equal(status, 200, text)
        if (!isStream || text === WHOLE) continue
        // It had begun on the host that died: its caller has what came, an error, and the end.
        assert.match(text, /^data: .*"error":\{.*\n\ndata: \[DONE\]\n\n$/s)
        assert.ok(WHOLE.startsWith(text.slice(0, text.indexOf('data: {"error"'))))
      }
      await until('the host to be known as down', async () => {
        const status = await house.hearth.request('/api/status')
        return status.json<{ host_health: Record<string, string> }>().host_health[house.first.url] === 'down'
      })
    })

    test('are exchanged under load without a broken stream', async () => {
      await using house = await WholeHouse.start(on)
      const [first, second] = [house.first.url, house.second.url]
      const lists = [[second], [second, first], [first], [first, second]]
      let changes = 0
      const outcomes = await house.traffic(240, 12, async (done) => {
        if (done % 20 !== 0) return
        const change = { lm_hosts: lists[changes++ % lists.length], temperature: (done % 40) / 40 }
        assert.equal((await house.hearth.post('/api/options', change)).status, 200)
      })
      assert.equal(changes, 12)
      for (const { isStream, status, text } of outcomes) {
        assert.equal(status, 200, text)
        if (isStream) assert.equal(text, WHOLE)
      }
    })
  })
})
