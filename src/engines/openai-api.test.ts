import assert from 'node:assert/strict'
import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { after, before, test } from 'node:test'
import { SELFTEST_MODEL_ID } from '#selftest/index'
import {
  call,
  chat,
  chatStream,
  chatText,
  EngineUnderTest,
  eventually,
  refused,
  response,
  send,
} from './engine-fixture.test.ts'

let tested: EngineUnderTest
let socket: string
before(async () => {
  tested = await EngineUnderTest.start()
  socket = await tested.ready()
})
after(() => tested.close())

test('a stream opens with the role, goes on with text, closes with its reason and one [DONE]', async () => {
  const { headers, chunks, last } = await chatStream(socket, { max_tokens: 12, seed: 1 })
  assert.match(headers['content-type'] ?? '', /^text\/event-stream/)
  assert.equal(last, 'data: [DONE]')
  assert.ok(chunks.every(({ object, choices }) => object === 'chat.completion.chunk' && choices.length === 1))
  assert.equal(new Set(chunks.map(({ id }) => id)).size, 1)
  assert.match(chunks[0]!.id, /^chatcmpl-[\da-f]+$/)
  assert.deepEqual(chunks[0]?.choices[0]?.delta, { role: 'assistant', content: '' })
  assert.deepEqual(chunks.at(-1)?.choices[0]?.delta, {})
  assert.deepEqual(
    chunks.map(({ choices }) => choices[0]?.finish_reason).filter((reason) => reason !== null),
    ['length'],
  )
  assert.ok(chunks.length >= 2 + 12 / 3, 'a chunk goes out at least every few tokens')
})

test('a stream tells its usage in a chunk without choices when asked', async () => {
  const { chunks, last } = await chatStream(socket, {
    max_tokens: 5,
    stream_options: { include_usage: true },
  })
  assert.equal(last, 'data: [DONE]')
  assert.deepEqual(chunks.at(-1)?.choices, [])
  assert.equal(chunks.at(-1)?.usage?.completion_tokens, 5)
  assert.equal(chunks.filter(({ usage }) => usage !== undefined).length, 1)
})

test('a streamed answer is the whole answer of the same seed', async () => {
  const { chunks } = await chatStream(socket, { max_tokens: 30, seed: 11 })
  const streamed = chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')
  assert.equal(streamed, await chatText(socket, { max_tokens: 30, seed: 11 }))
})

test('the same seed gives the same bytes, whatever was asked in between', async () => {
  const first = await chatText(socket, { max_tokens: 40, seed: 5 })
  await chatText(socket, {
    max_tokens: 40,
    seed: 6,
    messages: [{ role: 'user', content: 'garden '.repeat(300) }],
  })
  await call(socket, '/v1/completions', { prompt: 'over the', max_tokens: 3 })
  assert.equal(await chatText(socket, { max_tokens: 40, seed: 5 }), first)
  assert.notEqual(await chatText(socket, { max_tokens: 40, seed: 6 }), first)
})

test('temperature 0 gives one text for all seeds, and no seed another text each time', async () => {
  const greedy = await chatText(socket, { max_tokens: 20, seed: 1, temperature: 0 })
  assert.equal(await chatText(socket, { max_tokens: 20, seed: 2, temperature: 0 }), greedy)
  const texts = [await chatText(socket, { max_tokens: 20 }), await chatText(socket, { max_tokens: 20 })]
  assert.notEqual(texts[0], texts[1])
})

test('negative seeds and the largest integers are seeds too', async () => {
  for (const seed of [-1, 4_294_967_295, Number.MAX_SAFE_INTEGER]) {
    assert.equal(
      await chatText(socket, { max_tokens: 8, seed }),
      await chatText(socket, { max_tokens: 8, seed }),
    )
  }
})

test('max_tokens is met exactly and counted truly', async () => {
  for (const max of [1, 2, 7, 64]) {
    const { usage, choices } = await chat(socket, { max_tokens: max, seed: max })
    assert.equal(usage.completion_tokens, max)
    assert.equal(choices[0].message.content.trim().split(/\s+/).length, max, 'each token is one word')
    assert.equal(choices[0].finish_reason, 'length')
    assert.equal(usage.total_tokens, usage.prompt_tokens + max)
  }
})

test('max_completion_tokens wins over max_tokens', async () => {
  const { usage } = await chat(socket, { max_completion_tokens: 3, max_tokens: 9 })
  assert.equal(usage.completion_tokens, 3)
})

test('a stop sequence ends the text before it, also across chunks', async () => {
  const text = await chatText(socket, { max_tokens: 30, seed: 21 })
  const words = text.split(' ')
  const stop = `${words[8]!} ${words[9]!}`
  const { choices } = await chat(socket, { max_tokens: 30, seed: 21, stop: ['never-written', stop] })
  assert.equal(choices[0].message.content, text.slice(0, text.indexOf(stop)))
  assert.equal(choices[0].finish_reason, 'stop')
})

test('text held back for a stop sequence that never comes is still delivered', async () => {
  const text = await chatText(socket, { max_tokens: 10, seed: 22 })
  const ending = text.split(' ').at(-1)!
  assert.equal(await chatText(socket, { max_tokens: 10, seed: 22, stop: `${ending} and more` }), text)
})

test('frequency and presence penalties change what is written', async () => {
  const fields = { max_tokens: 200, temperature: 0 }
  const plain = await chatText(socket, fields)
  for (const penalty of ['frequency_penalty', 'presence_penalty']) {
    const words = (await chatText(socket, { ...fields, [penalty]: 2 })).split(' ')
    assert.ok(
      new Set(words).size > new Set(plain.split(' ')).size,
      `${penalty} makes for more different words`,
    )
  }
})

const ROOM = {
  type: 'object',
  description: 'A room',
  properties: {
    name: { type: 'string' },
    lamps: { type: 'integer' },
    warm: { type: 'boolean' },
    kind: { enum: ['kitchen', 'hall'] },
    doors: { type: 'array', items: { $ref: '#/$defs/door' }, maxItems: 3 },
    note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
  },
  required: ['name', 'lamps', 'warm', 'kind', 'doors', 'note'],
  additionalProperties: false,
  $defs: { door: { type: ['object', 'null'], properties: { open: { type: 'boolean' } } } },
}

test('an answer held to a JSON schema parses and obeys it, for ten seeds', async () => {
  for (let seed = 0; seed < 10; seed++) {
    const format = { type: 'json_schema', json_schema: { name: 'room', strict: true, schema: ROOM } }
    const { choices } = await chat(socket, { seed, max_tokens: 2000, response_format: format })
    const room = JSON.parse(choices[0].message.content) as Record<string, unknown>
    assert.deepEqual(Object.keys(room), ROOM.required)
    assert.ok(Number.isInteger(room['lamps']), 'an integer is an integer')
    assert.ok(room['kind'] === 'kitchen' || room['kind'] === 'hall')
    assert.ok(room['note'] === null || typeof room['note'] === 'string')
    assert.equal(choices[0].finish_reason, 'stop')
  }
})

test('integers are written without fraction and exponent', async () => {
  const properties = Object.fromEntries(Array.from('abcdefghij', (name) => [name, { type: 'integer' }]))
  const format = { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object', properties } } }
  for (let seed = 0; seed < 10; seed++) {
    const fields = { seed, temperature: 2, top_k: 0, top_p: 1, min_p: 0, max_tokens: 2000 }
    const content = await chatText(socket, { ...fields, response_format: format })
    assert.match(content, /^\{(\s*"[a-j]":\s*-?\d+\s*,?){10}\s*\}\s*$/)
  }
})

test('json_object gives an object', async () => {
  for (let seed = 0; seed < 5; seed++) {
    const content = await chatText(socket, {
      seed,
      max_tokens: 2000,
      response_format: { type: 'json_object' },
    })
    assert.match(content.trim(), /^\{/)
    assert.equal(typeof JSON.parse(content), 'object')
  }
})

test('characters of several tokens stream whole', async () => {
  const schema = { type: 'object', properties: { place: { const: 'Küche 🏡 里' } } }
  const format = { type: 'json_schema', json_schema: { name: 'place', schema } }
  const { chunks } = await chatStream(socket, { max_tokens: 200, seed: 1, response_format: format })
  const pieces = chunks.map(({ choices }) => choices[0]?.delta.content ?? '')
  assert.deepEqual(JSON.parse(pieces.join('')), { place: 'Küche 🏡 里' })
  assert.ok(pieces.every((piece) => piece.isWellFormed() && !piece.includes('\uFFFD')))
})

test('a JSON schema that grammars cannot enforce is refused, naming the place', async () => {
  const schema = { type: 'object', properties: { age: { type: 'integer', minimum: 18 } } }
  const error = await refused(socket, '/v1/chat/completions', {
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  })
  assert.equal(error.status, 400)
  assert.equal(error.code, 'unsupported_json_schema')
  assert.equal(error.param, 'response_format.json_schema.schema.properties.age.minimum')
})

test('what the engine cannot do is refused by name', async () => {
  const image = [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:' } }] }]
  const requests: [path: string, body: object, param: string][] = [
    ['/v1/chat/completions', { tools: [{ type: 'function' }] }, 'tools'],
    ['/v1/chat/completions', { n: 2 }, 'n'],
    ['/v1/chat/completions', { logprobs: true }, 'logprobs'],
    ['/v1/chat/completions', { logit_bias: { 5: 1 } }, 'logit_bias'],
    ['/v1/chat/completions', { messages: image }, 'messages[0].content[0]'],
    ['/v1/chat/completions', { messages: [{ role: 'tool', content: '' }] }, 'messages[0].role'],
    ['/v1/completions', { prompt: 'a', echo: true }, 'echo'],
    ['/v1/completions', { prompt: ['a', 'b'] }, 'prompt'],
    ['/v1/embeddings', { input: [1, 2] }, 'input'],
    ['/v1/embeddings', { input: 'a', dimensions: 32 }, 'dimensions'],
  ]
  for (const [path, body, param] of requests) {
    const error = await refused(socket, path, body)
    assert.deepEqual([error.status, error.code, error.param], [400, 'unsupported_parameter', param])
    assert.equal(error.type, 'invalid_request_error')
  }
})

test('harmless spellings of the same fields pass', async () => {
  const harmless = {
    tools: [],
    tool_choice: 'none',
    n: 1,
    logprobs: false,
    logit_bias: {},
    user: 'x',
    stop: null,
    seed: null,
  }
  assert.equal((await chat(socket, { ...harmless, max_tokens: 2 })).usage.completion_tokens, 2)
})

test('a malformed field is named', async () => {
  const wrong: [body: object, param: string][] = [
    [{ temperature: 3 }, 'temperature'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ messages: [] }, 'messages'],
    [
      {
        messages: [
          { role: 'user', content: 'a' },
          { role: 'nobody', content: 'a' },
        ],
      },
      'messages[1].role',
    ],
  ]
  for (const [body, param] of wrong) {
    const error = await refused(socket, '/v1/chat/completions', body)
    assert.deepEqual([error.status, error.code, error.param], [400, 'invalid_request', param])
  }
})

test('a body that is no JSON, and an unknown route, are answered in OpenAI’s shape', async () => {
  const sent = send(socket, '/v1/chat/completions', undefined)
  assert.equal((await response(sent)).statusCode, 404)
  const error = await refused(socket, '/v1/audio/speech', {})
  assert.deepEqual([error.status, error.code], [404, 'route_unknown'])
})

test('a prompt longer than the context is refused with its length', async () => {
  const messages = [{ role: 'user', content: 'kitchen '.repeat(9000) }]
  const error = await refused(socket, '/v1/chat/completions', { messages })
  assert.deepEqual([error.status, error.code, error.param], [400, 'context_length_exceeded', 'messages'])
  assert.match(error.message, /90\d\d tokens/)
})

test('an answer without max_tokens goes on to the end of the context', async () => {
  const content = 'kitchen '.repeat(8100)
  const { usage, choices } = await chat(socket, { messages: [{ role: 'user', content }] })
  assert.equal(usage.total_tokens, 8191)
  assert.equal(choices[0].finish_reason, 'length')
  const completion = await call(socket, '/v1/completions', { prompt: 'garden '.repeat(8100) })
  const { usage: counted } = JSON.parse(completion.text) as Awaited<ReturnType<typeof chat>>
  assert.equal(counted.total_tokens, 8191)
})

test('text parts, a system prompt and earlier answers all reach the model', async () => {
  const ask = (content: unknown): object => ({
    max_tokens: 5,
    seed: 1,
    messages: [
      { role: 'developer', content: 'Be kind.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Good day' },
      { role: 'user', content },
    ],
  })
  const inParts = await chat(
    socket,
    ask([
      { type: 'text', text: 'one' },
      { type: 'text', text: 'two' },
    ]),
  )
  const inOne = await chat(socket, ask('one\ntwo'))
  assert.deepEqual(inParts.choices, inOne.choices)
  const shorter = await chat(socket, { ...ask(''), messages: [{ role: 'user', content: 'one\ntwo' }] })
  assert.ok(inOne.usage.prompt_tokens > shorter.usage.prompt_tokens + 10)
})

test('text completions count their prompt and continue it', async () => {
  const reply = await call(socket, '/v1/completions', { prompt: 'the kitchen lamp', max_tokens: 6, seed: 2 })
  const body = JSON.parse(reply.text) as Awaited<ReturnType<typeof chat>>
  assert.equal(body.object, 'text_completion')
  assert.match(body.id, /^cmpl-/)
  assert.equal(body.usage.completion_tokens, 6)
  assert.equal(body.choices[0].text.trim().split(/\s+/).length, 6)
})

test('embeddings are the same every time, as long as the model is wide, in both encodings', async () => {
  const embed = async (fields: object): Promise<{ data: { embedding: unknown }[]; usage: object }> =>
    JSON.parse((await call(socket, '/v1/embeddings', fields)).text) as {
      data: { embedding: unknown }[]
      usage: object
    }
  const input = ['kitchen lamp', 'garden']
  const first = await embed({ input })
  assert.equal(first.data.length, 2)
  assert.equal((first.data[0]?.embedding as number[]).length, 64)
  assert.notDeepEqual(first.data[0]?.embedding, first.data[1]?.embedding)
  assert.deepEqual(await embed({ input }), first)
  assert.deepEqual((await embed({ input: 'garden' })).data[0]?.embedding, first.data[1]?.embedding)
  const encoded = await embed({ input: 'garden', encoding_format: 'base64' })
  const bytes = Buffer.from(encoded.data[0]?.embedding as string, 'base64')
  assert.deepEqual(
    Array.from({ length: 64 }, (_, index) => bytes.readFloatLE(index * 4)),
    first.data[1]?.embedding,
  )
})

test('a text too long to embed is refused by its place', async () => {
  const error = await refused(socket, '/v1/embeddings', { input: ['a', 'kitchen '.repeat(3000)] })
  assert.deepEqual([error.code, error.param], ['context_length_exceeded', 'input[1]'])
})

test('the model is listed and healthy', async () => {
  const models = JSON.parse((await call(socket, '/v1/models')).text) as { data: { id: string }[] }
  assert.deepEqual(
    models.data.map(({ id }) => id),
    [SELFTEST_MODEL_ID],
  )
  assert.deepEqual(JSON.parse((await call(socket, '/health')).text), {
    status: 'ok',
    busy: false,
    waiting: 0,
  })
})

test('a client that leaves frees the model within 200 ms, while text is written and while a prompt is read', async () => {
  const prompts = { written: 'Hello', read: 'kitchen '.repeat(8000) }
  for (const [phase, content] of Object.entries(prompts)) {
    const times: number[] = []
    for (let attempt = 0; attempt < 3; attempt++) {
      const sent = send(socket, '/v1/chat/completions', {
        stream: true,
        messages: [{ role: 'user', content }],
      })
      if (phase === 'written') await once(await response(sent), 'data')
      else await untilHealth('work', ({ busy }) => busy)
      sent.on('error', () => undefined).destroy()
      const leftAt = performance.now()
      await chat(socket, { max_tokens: 1 })
      times.push(performance.now() - leftAt)
    }
    assert.ok(Math.min(...times) < 200, `${phase}: ${times.map(Math.round).join(', ')} ms`)
  }
})

interface Health {
  readonly busy: boolean
  readonly waiting: number
}

function untilHealth(what: string, holds: (health: Health) => boolean): Promise<void> {
  return eventually(what, async () => holds(JSON.parse((await call(socket, '/health')).text) as Health))
}

test('requests wait in order, and one that leaves the wait is not generated', async () => {
  const running = send(socket, '/v1/chat/completions', {
    stream: true,
    messages: [{ role: 'user', content: 'a' }],
  })
  await once(await response(running), 'data')
  const order: string[] = []
  const leaving = send(socket, '/v1/chat/completions', { messages: [{ role: 'user', content: 'b' }] })
  leaving.on('error', () => order.push('left'))
  const waiting = ['first', 'second'].map(async (name) => {
    await chat(socket, { max_tokens: 1 })
    order.push(name)
  })
  await untilHealth('three to wait', ({ waiting: count }) => count === 3)
  leaving.destroy()
  await untilHealth('one to leave', ({ waiting: count }) => count === 2)
  running.on('error', () => undefined).destroy()
  await Promise.all(waiting)
  assert.deepEqual(order, ['left', 'first', 'second'])
})

test('the server’s event loop stays free while a model works', async () => {
  const before = performance.eventLoopUtilization()
  await chat(socket, { max_tokens: 600, messages: [{ role: 'user', content: 'kitchen '.repeat(4000) }] })
  const { utilization } = performance.eventLoopUtilization(before)
  assert.ok(utilization < 0.3, `busy for ${String(utilization)} of the time`)
})
