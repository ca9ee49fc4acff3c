import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { body, end, eventStream, eventStreamHead, json, stall } from '../fakes/script.ts'
import { chatChunk, DONE, finishChunk, usageChunk } from '../fakes/sse.ts'
import { CHAT, House } from '../relay/house.ts'
import { completion, deltaChunk, toolCallDelta } from './chat-answers.ts'

function clientOf({ hearth }: House, apiKey = hearth.adminKey): Anthropic {
  return new Anthropic({ baseURL: hearth.url, apiKey, maxRetries: 0 })
}

const question = {
  model: 'm1',
  max_tokens: 50,
  messages: [{ role: 'user' as const, content: 'How warm is it?' }],
}
const tools: Anthropic.Tool[] = [
  {
    name: 'get_temperature',
    description: 'Reads a thermometer.',
    input_schema: { type: 'object', properties: { room: { type: 'string' } } },
  },
]

async function sentTo(house: House, index = 0): Promise<Record<string, unknown>> {
  return (await house.received(CHAT, index)).json() as Record<string, unknown>
}

suite('the Anthropic client', () => {
  test('gets a message made of a chat completion, and the host gets a chat without the caller’s key', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [
      json(
        completion(
          { content: 'It is 21 °C.', reasoning_content: 'Not asked for.' },
          { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 5 } },
        ),
      ),
    ])
    const { data: message, response } = await clientOf(house)
      .messages.create({
        ...question,
        system: [
          { type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } },
          { type: 'text', text: 'Be kind.' },
        ],
        stop_sequences: ['END'],
        metadata: { user_id: 'somebody' },
      })
      .withResponse()
    assert.deepEqual(message.content, [{ type: 'text', text: 'It is 21 °C.', citations: null }])
    assert.equal(message.stop_reason, 'end_turn')
    assert.equal(message.model, 'm1')
    assert.equal(message.usage.input_tokens, 4)
    assert.equal(message.usage.cache_read_input_tokens, 5)
    assert.equal(message.usage.output_tokens, 4)
    assert.match(response.headers.get('request-id')!, /^[\da-f]{32}$/)
    const sent = await house.received(CHAT)
    assert.deepEqual(sent.json(), {
      model: 'm1',
      max_tokens: 50,
      stop: ['END'],
      messages: [
        { role: 'system', content: 'Be brief.\nBe kind.' },
        { role: 'user', content: 'How warm is it?' },
      ],
    })
    assert.equal(sent.headers['x-api-key'], undefined)
    assert.equal(sent.headers['anthropic-version'], undefined)
  })

  test('gets a stream whose events stand in the official order', async () => {
    await using house = await House.start()
    house.host.on(
      CHAT,
      eventStream(
        deltaChunk({ role: 'assistant', content: '' }),
        deltaChunk({ reasoning_content: 'Hm.' }),
        chatChunk('It is '),
        chatChunk('21 °C.'),
        finishChunk('length'),
        usageChunk(7, 3),
        DONE,
      ),
    )
    const stream = clientOf(house).messages.stream({
      ...question,
      max_tokens: 2048,
      thinking: { type: 'enabled', budget_tokens: 1024 },
    })
    const types: string[] = []
    for await (const event of stream) types.push(event.type)
    assert.deepEqual(types, [
      'message_start',
      'content_block_start',
      'content_block_delta',
      'content_block_stop',
      'content_block_start',
      'content_block_delta',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ])
    const message = await stream.finalMessage()
    assert.deepEqual(
      message.content.map((block) =>
        block.type === 'thinking' ? block.thinking : block.type === 'text' && block.text,
      ),
      ['Hm.', 'It is 21 °C.'],
    )
    assert.equal(message.stop_reason, 'max_tokens')
    assert.equal(message.usage.input_tokens, 7)
    assert.equal(message.usage.output_tokens, 3)
  })

  test('calls tools, and hands their results back', async () => {
    await using house = await House.start()
    house.host.on(
      CHAT,
      eventStream(
        chatChunk('Let me look.'),
        toolCallDelta(0, { id: 'call_1', name: 'get_temperature', arguments: '{"room":' }),
        toolCallDelta(0, { arguments: '"Küche"}' }),
        toolCallDelta(1, { id: 'call_1', name: 'get_temperature', arguments: '{}' }),
        finishChunk('stop'),
        DONE,
      ),
    )
    const client = clientOf(house)
    const first = await client.messages
      .stream({ ...question, tools, tool_choice: { type: 'any', disable_parallel_tool_use: true } })
      .finalMessage()
    assert.equal(first.stop_reason, 'tool_use', 'although the host said stop')
    const calls = first.content.filter((block) => block.type === 'tool_use')
    assert.deepEqual(
      calls.map(({ name, input }) => [name, input]),
      [
        ['get_temperature', { room: 'Küche' }],
        ['get_temperature', {}],
      ],
    )
    assert.equal(new Set(calls.map(({ id }) => id)).size, 2, 'although the host gave both the same id')
    const sent = await sentTo(house)
    assert.equal(sent.tool_choice, 'required')
    assert.equal(sent.parallel_tool_calls, false)
    assert.deepEqual(sent.tools, [
      {
        type: 'function',
        function: {
          name: 'get_temperature',
          description: 'Reads a thermometer.',
          parameters: tools[0]!.input_schema,
        },
      },
    ])

    house.host.on(CHAT, [json(completion({ content: 'Warm.' }))])
    const second = await client.messages.create({
      ...question,
      tools,
      messages: [
        ...question.messages,
        { role: 'assistant', content: first.content },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: calls[0]!.id, content: [{ type: 'text', text: '21' }] },
            { type: 'tool_result', tool_use_id: calls[1]!.id, content: 'no such room', is_error: true },
            { type: 'text', text: 'Well?' },
          ],
        },
      ],
    })
    assert.equal(second.content[0]!.type === 'text' && second.content[0].text, 'Warm.')
    const { messages } = await sentTo(house, 1)
    assert.deepEqual((messages as object[]).slice(1), [
      {
        role: 'assistant',
        content: 'Let me look.',
        tool_calls: calls.map(({ id, name, input }) => ({
          id,
          type: 'function',
          function: { name, arguments: JSON.stringify(input) },
        })),
      },
      { role: 'tool', tool_call_id: calls[0]!.id, content: '21' },
      { role: 'tool', tool_call_id: calls[1]!.id, content: 'Error: no such room' },
      { role: 'user', content: 'Well?' },
    ])
  })

  test('sends images, as bytes and as addresses', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [json(completion({ content: 'A stove.' }))])
    await clientOf(house).messages.create({
      ...question,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
            { type: 'image', source: { type: 'url', url: 'http://camera.local/1.png' } },
            { type: 'text', text: 'What is it?' },
          ],
        },
      ],
    })
    assert.deepEqual((await sentTo(house)).messages, [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { type: 'image_url', image_url: { url: 'http://camera.local/1.png' } },
          { type: 'text', text: 'What is it?' },
        ],
      },
    ])
  })

  test('throws the class of error that belongs to each status, with what the host said', async () => {
    await using house = await House.start()
    for (const [status, kind, type] of [
      [400, Anthropic.BadRequestError, 'invalid_request_error'],
      [429, Anthropic.RateLimitError, 'rate_limit_error'],
      [500, Anthropic.InternalServerError, 'api_error'],
      [503, Anthropic.ServiceUnavailableError, 'overloaded_error'],
    ] as const) {
      house.host.on(CHAT, [json({ error: { message: `said with ${status}`, code: 'c' } }, { status })])
      await assert.rejects(
        clientOf(house).messages.create(question),
        (error) =>
          error instanceof kind &&
          error.status === status &&
          error.type === type &&
          error.message.includes(`said with ${status}`) &&
          /^[\da-f]{32}$/.test(error.requestID ?? ''),
        String(status),
      )
    }
    const rejectsWith = (asked: Promise<unknown>, kind: new (...args: never[]) => Error, code: string) =>
      assert.rejects(
        asked,
        (error) => error instanceof kind && error instanceof Anthropic.APIError && error.errorCode === code,
        code,
      )
    await rejectsWith(
      clientOf(house, 'hearth_wrong').messages.create(question),
      Anthropic.AuthenticationError,
      'key_unknown',
    )
    await rejectsWith(
      clientOf(house, await house.hearth.key('view')).messages.create(question),
      Anthropic.PermissionDeniedError,
      'scope_missing',
    )
    await rejectsWith(
      clientOf(house).messages.create({ ...question, model: 'no-such-model' }),
      Anthropic.NotFoundError,
      'model_not_found',
    )
    await rejectsWith(
      clientOf(house).messages.countTokens({ model: 'm1', messages: question.messages }),
      Anthropic.NotFoundError,
      'count_tokens_unavailable',
    )
    await house.host.stop()
    await rejectsWith(
      clientOf(house).messages.create(question),
      Anthropic.ServiceUnavailableError,
      'host_unavailable',
    )
  })

  test('is refused by name what no chat completion can carry', async () => {
    await using house = await House.start()
    const ask = (fields: object) => clientOf(house).messages.create({ ...question, ...fields } as never)
    for (const [param, fields] of [
      ['tools[0] (web_search_20250305)', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }],
      ['mcp_servers', { mcp_servers: [{ type: 'url', url: 'http://x', name: 'x' }] }],
      ['container', { container: 'c1' }],
      ['messages[1]', { messages: [...question.messages, { role: 'assistant', content: 'It is' }] }],
      [
        'messages[0].content[0] (document)',
        { messages: [{ role: 'user', content: [{ type: 'document', source: {} }] }] },
      ],
    ] as const) {
      await assert.rejects(
        ask(fields),
        (error) =>
          error instanceof Anthropic.BadRequestError &&
          error.errorCode === 'unsupported_parameter' &&
          error.message.includes(param),
        param,
      )
    }
  })

  test('throws where the host’s stream is cut, after the words that came', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [eventStreamHead(), body(chatChunk('It is ') + chatChunk('21 ')), end()])
    const stream = clientOf(house).messages.stream(question)
    let words = ''
    stream.on('text', (text) => (words += text))
    await assert.rejects(
      stream.finalMessage(),
      (error) => error instanceof Anthropic.APIError && /not complete/.test(error.message),
    )
    assert.equal(words, 'It is 21 ')
  })

  test('may leave in the middle of a stream, and the host is released', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [eventStreamHead(), body(chatChunk('It is ')), stall()])
    const stream = clientOf(house).messages.stream(question)
    await stream.emitted('text')
    const leftAtMs = performance.now()
    stream.abort()
    await assert.rejects(stream.done(), Anthropic.APIUserAbortError)
    const tookMs = (await (await house.received(CHAT)).clientClosed()) - leftAtMs
    assert.ok(tookMs < 200, `${tookMs} ms`)
  })
})
