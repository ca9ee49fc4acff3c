import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import OpenAI from 'openai'
import { body, end, eventStream, eventStreamHead, json } from '../fakes/script.ts'
import { chatChunk, DONE, finishChunk, usageChunk } from '../fakes/sse.ts'
import { CHAT, House } from '../relay/house.ts'
import { completion, deltaChunk, toolCallDelta } from './chat-answers.ts'

function clientOf({ hearth }: House): OpenAI {
  return new OpenAI({ baseURL: `${hearth.url}/v1`, apiKey: hearth.adminKey, maxRetries: 0 })
}

const tools: OpenAI.Responses.FunctionTool[] = [
  {
    type: 'function',
    name: 'get_temperature',
    parameters: { type: 'object', properties: { room: { type: 'string' } } },
    strict: false,
  },
]

async function sentTo(house: House, index = 0): Promise<Record<string, unknown>> {
  return (await house.received(CHAT, index)).json() as Record<string, unknown>
}

suite('the OpenAI client’s responses', () => {
  test('are made of a chat completion, and the host gets a chat', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [
      json(
        completion(
          { content: 'It is 21 °C.', reasoning_content: 'Warm.' },
          { prompt_tokens: 9, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 5 } },
        ),
      ),
    ])
    const answer = await clientOf(house).responses.create({
      model: 'm1',
      instructions: 'Be brief.',
      input: 'How warm is it?',
      max_output_tokens: 50,
      metadata: { room: 'kitchen' },
    })
    assert.equal(answer.output_text, 'It is 21 °C.')
    assert.equal(answer.status, 'completed')
    assert.equal(answer.model, 'm1')
    assert.deepEqual(answer.metadata, { room: 'kitchen' })
    assert.deepEqual(
      answer.output.map(({ type }) => type),
      ['reasoning', 'message'],
    )
    assert.equal(answer.usage?.input_tokens, 9)
    assert.equal(answer.usage.input_tokens_details.cached_tokens, 5)
    assert.deepEqual(await sentTo(house), {
      model: 'm1',
      max_tokens: 50,
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'How warm is it?' },
      ],
    })
  })

  test('stream with every event in its place', async () => {
    await using house = await House.start()
    house.host.on(
      CHAT,
      eventStream(
        deltaChunk({ reasoning_content: 'Hm.' }),
        chatChunk('It is '),
        chatChunk('21 °C.'),
        finishChunk('stop'),
        usageChunk(),
        DONE,
      ),
    )
    const stream = clientOf(house).responses.stream({ model: 'm1', input: 'How warm is it?' })
    const types: string[] = []
    const numbers: number[] = []
    for await (const event of stream) {
      types.push(event.type)
      numbers.push(event.sequence_number)
    }
    assert.deepEqual(types, [
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.reasoning_text.delta',
      'response.reasoning_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ])
    assert.deepEqual(numbers, [...types.keys()])
    const final = await stream.finalResponse()
    assert.equal(final.output_text, 'It is 21 °C.')
    assert.equal(final.usage?.total_tokens, 5)
  })

  test('call tools, one after the other even where the host mixes them, and take their output', async () => {
    await using house = await House.start()
    house.host.on(
      CHAT,
      eventStream(
        toolCallDelta(0, { id: 'call_1', name: 'get_temperature', arguments: '' }),
        toolCallDelta(1, { id: 'call_2', name: 'get_temperature', arguments: '{"room":' }),
        toolCallDelta(0, { arguments: '{"room":"Küche"}' }),
        toolCallDelta(1, { arguments: '"Bad"}' }),
        finishChunk('tool_calls'),
        DONE,
      ),
    )
    const client = clientOf(house)
    const first = await client.responses
      .stream({ model: 'm1', input: 'How warm is it?', tools, tool_choice: 'required' })
      .finalResponse()
    const calls = first.output.filter((item) => item.type === 'function_call')
    assert.deepEqual(
      calls.map((call) => [call.call_id, call.name, call.arguments]),
      [
        ['call_1', 'get_temperature', '{"room":"Küche"}'],
        ['call_2', 'get_temperature', '{"room":"Bad"}'],
      ],
    )
    house.host.on(CHAT, [json(completion({ content: 'Warm.' }))])
    const second = await client.responses.create({
      model: 'm1',
      previous_response_id: first.id,
      input: calls.map(({ call_id }) => ({ type: 'function_call_output', call_id, output: '21' })),
      tools,
    })
    assert.equal(second.output_text, 'Warm.')
    const sent = await sentTo(house, 1)
    const { type, ...definition } = tools[0]!
    assert.deepEqual(sent.tools, [{ type, function: definition }])
    assert.deepEqual(sent.messages, [
      { role: 'user', content: 'How warm is it?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: calls.map(({ call_id, name, arguments: text }) => ({
          id: call_id,
          type: 'function',
          function: { name, arguments: text },
        })),
      },
      { role: 'tool', tool_call_id: 'call_1', content: '21' },
      { role: 'tool', tool_call_id: 'call_2', content: '21' },
    ])
  })

  test('take images, and a schema for their text', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [json(completion({ content: '{"degrees":21}' }))])
    const schema = {
      type: 'object',
      properties: { degrees: { type: 'number' } },
      required: ['degrees'],
      additionalProperties: false,
    }
    const answer = await clientOf(house).responses.parse({
      model: 'm1',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What does it show?' },
            { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
          ],
        },
      ],
      text: { format: { type: 'json_schema', name: 'reading', schema, strict: true } },
    })
    assert.deepEqual(answer.output_parsed, { degrees: 21 })
    const sent = await sentTo(house)
    assert.deepEqual(sent.response_format, {
      type: 'json_schema',
      json_schema: { name: 'reading', schema, strict: true },
    })
    assert.deepEqual(sent.messages, [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What does it show?' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
        ],
      },
    ])
  })

  test('are found, listed with their input, referred to, and forgotten', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [json(completion({ content: 'Hello.' }))])
    const client = clientOf(house)
    const first = await client.responses.create({ model: 'm1', input: 'Hi' })
    assert.equal((await client.responses.retrieve(first.id)).output_text, 'Hello.')
    const items = await client.responses.inputItems.list(first.id)
    assert.deepEqual(
      items.data.map((item) => item.type === 'message' && item.content),
      [[{ type: 'input_text', text: 'Hi' }]],
    )
    await client.responses.create({
      model: 'm1',
      input: [
        { type: 'item_reference', id: items.data[0]!.id },
        { type: 'item_reference', id: first.output[0]!.id! },
        { role: 'user', content: 'Again' },
      ],
    })
    assert.deepEqual((await sentTo(house, 1)).messages, [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Hello.' },
      { role: 'user', content: 'Again' },
    ])
    await assert.rejects(
      client.responses.cancel(first.id),
      (error) => error instanceof OpenAI.BadRequestError && error.code === 'response_not_cancellable',
    )
    const stranger = new OpenAI({
      baseURL: `${house.hearth.url}/v1`,
      apiKey: await house.hearth.key('relay'),
      maxRetries: 0,
    })
    await assert.rejects(stranger.responses.retrieve(first.id), OpenAI.NotFoundError)
    await assert.rejects(
      stranger.responses.create({ model: 'm1', input: 'Hi', previous_response_id: first.id }),
      (error) =>
        error instanceof OpenAI.NotFoundError &&
        error.code === 'response_not_found' &&
        error.param === 'previous_response_id' &&
        /restart/.test(error.message),
    )
    await client.responses.delete(first.id)
    await assert.rejects(client.responses.retrieve(first.id), OpenAI.NotFoundError)
    const unstored = await client.responses.create({ model: 'm1', input: 'Hi', store: false })
    await assert.rejects(client.responses.retrieve(unstored.id), OpenAI.NotFoundError)
  })

  test('say that they are incomplete where the host ran out of tokens', async () => {
    await using house = await House.start()
    house.host.on(CHAT, eventStream(chatChunk('It is'), finishChunk('length'), DONE))
    const final = await clientOf(house).responses.stream({ model: 'm1', input: 'Hi' }).finalResponse()
    assert.equal(final.status, 'incomplete')
    assert.deepEqual(final.incomplete_details, { reason: 'max_output_tokens' })
  })

  test('refuse by name what no chat completion can carry', async () => {
    await using house = await House.start()
    const ask = (fields: object) =>
      clientOf(house).responses.create({ model: 'm1', input: 'Hi', ...fields } as never)
    for (const [param, fields] of [
      ['tools[0] (web_search)', { tools: [{ type: 'web_search' }] }],
      ['background', { background: true }],
      ['conversation', { conversation: 'conv_1' }],
      ['truncation', { truncation: 'auto' }],
      ['input[0] (computer_call_output)', { input: [{ type: 'computer_call_output' }] }],
    ] as const) {
      await assert.rejects(
        ask(fields),
        (error) => error instanceof OpenAI.BadRequestError && error.param === param,
        param,
      )
    }
    await assert.rejects(
      ask({ seedling: 1 }),
      (error) => error instanceof OpenAI.BadRequestError && error.code === 'unknown_parameter',
    )
  })

  test('throw where the host’s stream is cut, after the words that came', async () => {
    await using house = await House.start()
    house.host.on(CHAT, [eventStreamHead(), body(chatChunk('It is ') + chatChunk('21 ')), end()])
    const stream = await clientOf(house).responses.create({ model: 'm1', input: 'Hi', stream: true })
    let text = ''
    await assert.rejects(
      async () => {
        for await (const event of stream) {
          assert.notEqual(event.type, 'response.completed')
          if (event.type === 'response.output_text.delta') text += event.delta
        }
      },
      (error) => error instanceof OpenAI.APIError && error.code === 'answer_cut',
    )
    assert.equal(text, 'It is 21 ')
  })
})
