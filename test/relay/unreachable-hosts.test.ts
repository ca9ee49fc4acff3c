import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { eventStream, json } from '../fakes/script.ts'
import { chatChunk, DONE, finishChunk } from '../fakes/sse.ts'
import { TestApp } from '../harness/test-app.ts'
import { assertError, CHAT, chat, House, streamingChat } from './house.ts'

interface HostsOfStatus {
  hosts: { id: string; state: string; last_error: { message: string } | null }[]
  models: { id: string; available: boolean }[]
}

suite('when a host cannot be reached', () => {
  test('a refused connection is 503 with the reason, also for a stream', async () => {
    await using house = await House.start()
    await house.host.stop()
    for (const body of [chat(), streamingChat()]) {
      const answer = await house.hearth.post(CHAT, body)
      const error = assertError(answer, 503, 'host_unavailable')
      assert.equal(error.type, 'server_error')
      assert.match(error.message, /nothing listens there \(connection refused\)/)
      assert.equal(answer.headers['retry-after'], '5')
    }
  })

  test('a name that does not resolve is 503 with the reason', async () => {
    await using hearth = await TestApp.start({ hosts: ['http://no-such-host.invalid:1234'] })
    const error = assertError(await hearth.post(CHAT, chat()), 503, 'host_unavailable')
    assert.match(error.message, /its name cannot be resolved/)
  })

  test('the first request after the host returns is served', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [json({ choices: [] })])
    await house.host.stop()
    assertError(await house.hearth.post(CHAT, chat()), 503, 'host_unavailable')
    await house.host.startAgain()
    assert.equal((await house.hearth.post(CHAT, chat())).status, 200)
  })

  test('a host that was off when Hearth started serves the first request after it comes', async () => {
    await using host = await ScriptedHost.start({ models: ['m1'] })
    host.on(CHAT, eventStream(chatChunk('Hi'), finishChunk('stop'), DONE))
    await host.stop()
    await using hearth = await TestApp.start({ hosts: [host.url] })
    assertError(await hearth.post(CHAT, chat()), 503, 'host_unavailable')
    await host.startAgain()
    const answer = await hearth.post(CHAT, streamingChat())
    assert.equal(answer.text, chatChunk('Hi') + finishChunk('stop') + DONE)
  })

  test('a model known only on a host that is down is 503, and an unknown one is 404 with near names', async () => {
    await using up = await ScriptedHost.start({ models: ['qwen2.5-7b', 'llama-3-8b'] })
    await using down = await ScriptedHost.start({ models: ['only-there'] })
    await using hearth = await TestApp.start({ hosts: [up.url, down.url] })
    await down.stop()
    assertError(await hearth.post(CHAT, chat({ model: 'only-there' })), 503, 'host_unavailable')
    const error = assertError(await hearth.post(CHAT, chat({ model: 'qwen2.5-8b' })), 404, 'model_not_found')
    assert.equal(error.param, 'model')
    assert.match(error.message, /Did you mean "qwen2\.5-7b"/)
    const unknown = await hearth.request('/v1/models/llama-3-80b')
    assert.match(assertError(unknown, 404, 'model_not_found').message, /"llama-3-8b"/)
  })

  test('status and health tell at once that it is down', async () => {
    await using house = await House.start()
    await house.host.stop()
    await house.hearth.post(CHAT, chat())
    const status = (await house.hearth.request('/api/status')).json<HostsOfStatus>()
    const host = status.hosts.find(({ id }) => id === house.host.url)!
    assert.equal(host.state, 'down')
    assert.match(host.last_error!.message, /connection refused/)
    assert.deepEqual(
      status.models.map(({ available }) => available),
      [false],
    )
    const health = (await house.hearth.request('/health')).json<{ ready: boolean; hosts: object }>()
    assert.equal(health.ready, false)
    assert.deepEqual(health.hosts, { ok: 0, down: 1, unknown: 0 })
  })

  test('an address outside the home is refused before anything is sent there', async () => {
    await using hearth = await TestApp.start({ hosts: ['http://192.0.2.1:9'] })
    const error = assertError(await hearth.post(CHAT, chat()), 503, 'host_unavailable')
    assert.match(error.message, /lies outside the home/)
  })
})
