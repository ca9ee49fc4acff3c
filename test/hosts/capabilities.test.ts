import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { FixtureServer } from '../fakes/model-servers/fixture-server.ts'
import { json } from '../fakes/script.ts'
import { ScriptedHost } from '../fakes/scripted-host.ts'
import { TestApp } from '../harness/test-app.ts'
import { assertError, CHAT, chat, EMBEDDINGS } from '../relay/house.ts'

const TOOLS = [{ type: 'function', function: { name: 'lamp_on', parameters: { type: 'object' } } }]
const REQUIRED = { tools: TOOLS, tool_choice: 'required' }
const ANSWER = { choices: [{ message: { content: 'done' } }] }

/** An Ollama that answers chats, with the requests it saw. */
async function ollama(): Promise<FixtureServer> {
  const server = await FixtureServer.start('ollama')
  server.answers[`POST ${CHAT} llama3.2:3b`] = { status: 200, headers: {}, body: ANSWER }
  return server
}

const chatsAt = (server: FixtureServer): number => server.asked.filter((one) => one === `POST ${CHAT}`).length

suite('a request that needs what no host of its model can do', () => {
  test('is refused by name before any host is asked', async () => {
    await using server = await ollama()
    await using hearth = await TestApp.start({ hosts: [{ url: server.url, name: 'attic' }] })
    const answer = await hearth.post(CHAT, chat({ model: 'llama3.2:3b', ...REQUIRED }))
    const { message, param } = assertError(answer, 400, 'capability_missing')
    assert.equal(param, 'tool_choice')
    assert.match(message, /"llama3\.2:3b" can do a tool_choice other than auto and none/)
    assert.match(message, /attic cannot do a tool_choice/)
    assert.equal(chatsAt(server), 0)
  })

  test('passes without the field, and where its host does not say', async () => {
    await using server = await ollama()
    await using other = await ScriptedHost.start({ models: ['m1'] })
    other.on(CHAT, [json(ANSWER)])
    await using hearth = await TestApp.start({ hosts: [server.url, other.url] })
    for (const fields of [{ model: 'llama3.2:3b', tools: TOOLS }, REQUIRED, { logprobs: true }]) {
      const answer = await hearth.post(CHAT, chat(fields))
      assert.equal(answer.status, 200, answer.text)
    }
  })

  test('names what each host lacks where they lack different things', async () => {
    await using first = await ScriptedHost.start({ models: ['m1'] })
    await using second = await ScriptedHost.start({ models: ['m1'] })
    await using hearth = await TestApp.start({
      hosts: [
        { url: first.url, name: 'one', capabilities: { m1: { tools: false } } },
        { url: second.url, name: 'two', capabilities: { '*': { logprobs: false } } },
      ],
    })
    const answer = await hearth.post(CHAT, chat({ tools: TOOLS, logprobs: true }))
    const { message } = assertError(answer, 400, 'capability_missing')
    assert.match(message, /one cannot do tools; two cannot do log probabilities/)
  })

  test('is an embedding at a model that chats, and a chat at one that embeds', async () => {
    await using server = await ollama()
    await using hearth = await TestApp.start({
      hosts: [{ url: server.url, capabilities: { 'notes:latest': { embeddings: false } } }],
    })
    const embedding = await hearth.post(EMBEDDINGS, { model: 'notes:latest', input: 'x' })
    assert.equal(assertError(embedding, 400, 'capability_missing').param, 'model')
    const text = await hearth.post(CHAT, chat({ model: 'nomic-embed-text:latest' }))
    assert.equal(assertError(text, 400, 'capability_missing').param, 'model')
  })

  test('goes to the host that can where another cannot, whatever the order', async () => {
    await using able = await ScriptedHost.start({ models: ['llama3.2:3b'] })
    able.on(CHAT, [json(ANSWER)])
    await using server = await ollama()
    for (const [at, hosts] of [
      [server.url, able.url],
      [able.url, server.url],
    ].entries()) {
      await using hearth = await TestApp.start({ hosts })
      const answer = await hearth.post(CHAT, chat({ model: 'llama3.2:3b', ...REQUIRED }))
      assert.equal(answer.status, 200, answer.text)
      assert.equal(chatsAt(server), at)
      // It has the model in memory, so it is the first choice for what it can do.
      await hearth.post(CHAT, chat({ model: 'llama3.2:3b' }))
      assert.equal(chatsAt(server), at + 1)
    }
  })

  test('is told so by the word of the owner, against what the host says', async () => {
    await using server = await ollama()
    await using hearth = await TestApp.start({
      hosts: [{ url: server.url, capabilities: { '*': { tool_choice: true, tools: false } } }],
    })
    const choice = await hearth.post(CHAT, chat({ model: 'llama3.2:3b', tool_choice: 'required' }))
    assert.equal(choice.status, 200)
    const tools = await hearth.post(CHAT, chat({ model: 'llama3.2:3b', tools: TOOLS }))
    assertError(tools, 400, 'capability_missing')
  })
})

test('what a host behind another Hearth cannot do is refused by the first', async () => {
  await using server = await ollama()
  await using far = await TestApp.start({ hosts: [server.url] })
  await using near = await TestApp.start({ hosts: [{ url: far.url, key: far.adminKey, name: 'far' }] })
  const answer = await near.post(CHAT, chat({ model: 'llama3.2:3b', ...REQUIRED }))
  assert.match(assertError(answer, 400, 'capability_missing').message, /far cannot do/)
})

test('what only Hearths tell each other is not shown to callers', async () => {
  await using far = await TestApp.start({ settings: { selftest: 'on' } })
  await using near = await TestApp.start({ hosts: [{ url: far.url, key: far.adminKey }] })
  const asked = await near.request('/v1/models')
  assert.match(asked.text, /hearth-selftest/)
  assert.doesNotMatch(asked.text, /hearth_(path|has|lacks)/)
  const byHearth = await near.request('/v1/models', { headers: { 'x-hearth-hops': '1' } })
  const [model] = byHearth.json<{ data: { hearth_path: string[]; hearth_lacks: string[] }[] }>().data
  assert.equal(model!.hearth_path.length, 2)
  assert.deepEqual(model!.hearth_lacks, ['tools', 'tool_choice', 'logprobs', 'vision'])
})
