import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { MODEL, TwoWays } from './two-ways.ts'

const shared = {} as { twoWays: TwoWays }
const schema = {
  type: 'object',
  properties: { warm: { type: 'boolean' } },
  required: ['warm'],
  additionalProperties: false,
}

before(async () => {
  shared.twoWays = await TwoWays.start()
})
after(() => shared.twoWays[Symbol.asyncDispose]())

for (const name of ['directly', 'through a second Hearth'] as const) {
  const way = () => shared.twoWays.ways[name]

  suite(`the OpenAI client’s responses of the embedded engine, ${name}`, () => {
    const client = () => new OpenAI({ baseURL: `${way().url}/v1`, apiKey: way().key, maxRetries: 0 })

    test('say the same whole and in a stream', async () => {
      const request = {
        model: MODEL,
        input: 'Tell me of the hearth.',
        max_output_tokens: 16,
        seed: 7,
      } as never
      const whole = await client().responses.create(request)
      assert.equal(whole.status, 'incomplete')
      assert.equal(whole.usage?.output_tokens, 16)
      const streamed = await client().responses.stream(request).finalResponse()
      assert.equal(streamed.output_text, whole.output_text)
      assert.equal(streamed.usage?.output_tokens, 16)
    })

    test('go on where an earlier one ended', async () => {
      const first = await client().responses.create({ model: MODEL, input: 'The fire', max_output_tokens: 4 })
      const second = await client().responses.create({
        model: MODEL,
        previous_response_id: first.id,
        input: 'And then?',
        max_output_tokens: 4,
      })
      assert.equal(second.previous_response_id, first.id)
      assert.ok(second.usage!.input_tokens > first.usage!.input_tokens + 4)
    })

    test('hold to a schema', async () => {
      const answer = await client().responses.parse({
        model: MODEL,
        input: 'Is it warm?',
        text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } },
      })
      assert.equal(typeof (answer.output_parsed as { warm: unknown }).warm, 'boolean')
    })
  })

  suite(`the Anthropic client with the embedded engine, ${name}`, () => {
    const client = () => new Anthropic({ baseURL: way().url, apiKey: way().key, maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: 'Tell me of the hearth.' }]

    test('gets the same message whole and in a stream', async () => {
      const request = { model: MODEL, messages, max_tokens: 16, seed: 7 }
      const whole = await client().messages.create(request)
      assert.equal(whole.stop_reason, 'max_tokens')
      assert.equal(whole.usage.output_tokens, 16)
      const streamed = await client().messages.stream(request).finalMessage()
      assert.deepEqual(streamed.content, whole.content)
      assert.equal(streamed.usage.input_tokens, whole.usage.input_tokens)
    })

    test('gets an answer that holds to a schema', async () => {
      const answer = await client().messages.create({
        model: MODEL,
        messages,
        max_tokens: 200,
        output_config: { format: { type: 'json_schema', schema } },
      })
      const [block] = answer.content
      assert.equal(
        typeof (JSON.parse(block!.type === 'text' ? block.text : '') as { warm: unknown }).warm,
        'boolean',
      )
    })

    test('may stop a stream in the middle, and the model is free at once', async () => {
      const stream = client().messages.stream({ model: MODEL, messages, max_tokens: 7000 })
      await stream.emitted('text')
      stream.abort()
      await assert.rejects(stream.done(), Anthropic.APIUserAbortError)
      const startedAtMs = performance.now()
      await client().messages.create({ model: MODEL, messages, max_tokens: 1 })
      const tookMs = performance.now() - startedAtMs
      assert.ok(tookMs < 2_000, `the next answer took ${tookMs} ms`)
    })

    test('is told what the engine cannot do', async () => {
      await assert.rejects(
        client().messages.create({
          model: MODEL,
          messages,
          max_tokens: 4,
          tools: [{ name: 't', input_schema: { type: 'object' } }],
        }),
        (error) => error instanceof Anthropic.BadRequestError && /can do tools/.test(error.message),
      )
    })
  })
}
