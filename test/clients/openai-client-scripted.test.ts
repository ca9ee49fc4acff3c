import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import OpenAI from 'openai'
import { body, end, eventStream, eventStreamHead, json } from '../fakes/script.ts'
import { chatChunk, DONE, finishChunk } from '../fakes/sse.ts'
import { CHAT, House } from '../relay/house.ts'

const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'How warm is it?' }]
const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_temperature',
      parameters: { type: 'object', properties: { room: { type: 'string' } } },
    },
  },
]

function clientOf({ hearth }: House): OpenAI {
  return new OpenAI({ baseURL: `${hearth.url}/v1`, apiKey: hearth.adminKey, maxRetries: 0 })
}

function toolDelta(call: object): string {
  const delta = { role: 'assistant', tool_calls: [call] }
  const chunk = {
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm1',
    choices: [{ index: 0, delta, finish_reason: null }],
  }
  return `data: ${JSON.stringify(chunk)}\n\n`
}

suite('the OpenAI client', () => {
  test('gets the tool calls of a host, whole and in a stream, and the host gets the tools', async () => {
    await using house = await House.start()
    const call = {
      id: 'call_1',
      type: 'function',
      function: { name: 'get_temperature', arguments: '{"room":"Küche"}' },
    }
    house.host.on(CHAT, [
      json({
        id: 'c',
        object: 'chat.completion',
        created: 1,
        model: 'm1',
        choices: [
          {
            index: 0,
            finish_reason: 'tool_calls',
            message: { role: 'assistant', content: null, tool_calls: [call] },
          },
        ],
      }),
    ])
    const request = { model: 'm1', messages, tools }
    const answer = await clientOf(house).chat.completions.create(request)
    assert.deepEqual(answer.choices[0]!.message.tool_calls, [call])
    assert.deepEqual(((await house.received(CHAT)).json() as { tools: unknown }).tools, tools)

    house.host.on(
      CHAT,
      eventStream(
        toolDelta({
          index: 0,
          id: 'call_1',
          type: 'function',
          function: { name: 'get_temperature', arguments: '' },
        }),
        toolDelta({ index: 0, function: { arguments: '{"room":' } }),
        toolDelta({ index: 0, function: { arguments: '"Küche"}' } }),
        finishChunk('tool_calls'),
        DONE,
      ),
    )
    const stream = clientOf(house).chat.completions.stream(request)
    const final = await stream.finalChatCompletion()
    const [streamed] = final.choices[0]!.message.tool_calls!
    assert.equal(streamed!.id, 'call_1')
    assert.deepEqual((streamed as { function: { arguments: string } }).function.arguments, '{"room":"Küche"}')
  })

  test('throws a connection-like error class for 503, 429 and 500, with what the host said', async () => {
    await using house = await House.start()
    const ask = () => clientOf(house).chat.completions.create({ model: 'm1', messages })
    for (const [status, kind] of [
      [429, OpenAI.RateLimitError],
      [500, OpenAI.InternalServerError],
      [503, OpenAI.InternalServerError],
      [422, OpenAI.UnprocessableEntityError],
      [409, OpenAI.ConflictError],
    ] as const) {
      house.host.on(CHAT, [
        json({ error: { message: `said with ${status}`, type: 't', param: null, code: 'c' } }, { status }),
      ])
      await assert.rejects(
        ask(),
        (error) =>
          error instanceof kind && error.status === status && error.message.includes(`said with ${status}`),
      )
    }
    await house.host.stop()
    await assert.rejects(
      ask(),
      (error) =>
        error instanceof OpenAI.InternalServerError &&
        error.status === 503 &&
        error.code === 'host_unavailable',
    )
  })

  test('throws for a key of the wrong scope', async () => {
    await using house = await House.start()
    const client = new OpenAI({
      baseURL: `${house.hearth.url}/v1`,
      apiKey: await house.hearth.key('view'),
      maxRetries: 0,
    })
    await assert.rejects(
      client.models.list(),
      (error) => error instanceof OpenAI.PermissionDeniedError && error.code === 'scope_missing',
    )
  })

  test('throws in the middle of a stream that was cut, after the words that came', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [eventStreamHead(), body(chatChunk('It is ') + chatChunk('21 ')), end()])
    const stream = await clientOf(house).chat.completions.create({ model: 'm1', messages, stream: true })
    let text = ''
    await assert.rejects(
      async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
      },
      (error) => error instanceof OpenAI.APIError && /not complete/.test(error.message),
    )
    assert.equal(text, 'It is 21 ')
  })
})
