import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import OpenAI from 'openai'
import { MODEL, TwoWays, type Way } from './two-ways.ts'

const messages = [{ role: 'user', content: 'Tell me of the hearth.' }] as const
const shared = {} as { twoWays: TwoWays }

function clientOf({ url, key }: Way): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0, timeout: 60_000 })
}

before(async () => {
  shared.twoWays = await TwoWays.start()
})
after(() => shared.twoWays[Symbol.asyncDispose]())

for (const name of ['directly', 'through a second Hearth'] as const) {
  suite(`the OpenAI client, ${name}`, () => {
    const client = () => clientOf(shared.twoWays.ways[name])

    test('lists the models and finds one', async () => {
      const ids: string[] = []
      for await (const model of client().models.list()) ids.push(model.id)
      assert.deepEqual(ids, [MODEL])
      const model = await client().models.retrieve(MODEL)
      assert.equal(model.object, 'model')
      assert.equal(model.owned_by, 'hearth-selftest')
    })

    test('gets a chat completion', async () => {
      const request = {
        model: MODEL,
        messages: [...messages],
        max_completion_tokens: 12,
        seed: 7,
        temperature: 0.8,
      }
      const first = await client().chat.completions.create(request)
      assert.equal(first.object, 'chat.completion')
      assert.equal(first.choices[0]!.finish_reason, 'length')
      assert.ok(first.choices[0]!.message.content!.length > 0)
      assert.equal(first.usage?.completion_tokens, 12)
      const again = await client().chat.completions.create(request)
      assert.equal(
        again.choices[0]!.message.content,
        first.choices[0]!.message.content,
        'same seed, same words',
      )
    })

    test('gets a stream of chunks that says what the whole completion says', async () => {
      const request = { model: MODEL, messages: [...messages], max_completion_tokens: 20, seed: 3 }
      const whole = await client().chat.completions.create(request)
      const stream = await client().chat.completions.create({
        ...request,
        stream: true,
        stream_options: { include_usage: true },
      })
      let text = ''
      let chunks = 0
      const finishes: string[] = []
      let usage: unknown
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? ''
        if (chunk.choices[0]?.finish_reason) finishes.push(chunk.choices[0].finish_reason)
        if (chunk.usage) usage = chunk.usage.completion_tokens
        chunks++
      }
      assert.equal(text, whole.choices[0]!.message.content)
      assert.deepEqual(finishes, ['length'])
      assert.equal(usage, 20)
      assert.ok(chunks > 4, `${chunks} chunks`)
    })

    test('gets no usage it did not ask for', async () => {
      const stream = await client().chat.completions.create({
        model: MODEL,
        messages: [...messages],
        max_completion_tokens: 4,
        stream: true,
      })
      for await (const chunk of stream) {
        assert.equal(chunk.usage ?? undefined, undefined)
        assert.ok(chunk.choices.length > 0)
      }
    })

    test('gets a text completion', async () => {
      const answer = await client().completions.create({ model: MODEL, prompt: 'Once upon', max_tokens: 6 })
      assert.equal(answer.object, 'text_completion')
      assert.equal(answer.choices[0]!.finish_reason, 'length')
    })

    test('may stop a stream in the middle, and the model is free at once', async () => {
      const endless = await client().chat.completions.create({
        model: MODEL,
        messages: [...messages],
        max_completion_tokens: 7000,
        stream: true,
      })
      for await (const chunk of endless) {
        if (chunk.choices[0]?.delta.content) break
      }
      endless.controller.abort()
      const startedAtMs = performance.now()
      await client().chat.completions.create({
        model: MODEL,
        messages: [...messages],
        max_completion_tokens: 1,
      })
      const tookMs = performance.now() - startedAtMs
      assert.ok(tookMs < 2_000, `the next answer took ${tookMs} ms`)
    })

    test('waits its turn: the one slot of an embedded model serves three callers one after the other', async () => {
      const answers = [5, 6, 7].map((tokens) =>
        client().chat.completions.create({
          model: MODEL,
          messages: [...messages],
          max_completion_tokens: tokens,
        }),
      )
      const counts = (await Promise.all(answers)).map(({ usage }) => usage?.completion_tokens)
      assert.deepEqual(counts, [5, 6, 7])
    })

    test('gets embeddings, as floats and in base64', async () => {
      const request = { model: MODEL, input: ['the fire', 'the stone', 'the fire'] }
      const floats = await client().embeddings.create({ ...request, encoding_format: 'float' })
      assert.equal(floats.data.length, 3)
      assert.ok(floats.data[0]!.embedding.length > 8)
      assert.deepEqual(floats.data[0]!.embedding, floats.data[2]!.embedding)
      assert.notDeepEqual(floats.data[0]!.embedding, floats.data[1]!.embedding)
      // The client asks for base64 by itself and decodes it to 32-bit floats.
      const decoded = await client().embeddings.create(request)
      for (const [index, value] of decoded.data[1]!.embedding.entries()) {
        assert.ok(Math.abs(value - floats.data[1]!.embedding[index]!) < 1e-6)
      }
    })

    test('throws the class of error that belongs to each status', async () => {
      const ask = (model: string, more: object = {}) =>
        client().chat.completions.create({ model, messages: [...messages], ...more })
      await assert.rejects(
        ask('no-such-model'),
        (error) =>
          error instanceof OpenAI.NotFoundError &&
          error.code === 'model_not_found' &&
          error.param === 'model',
      )
      await assert.rejects(
        ask(MODEL, { temperature: 'hot' }),
        (error) => error instanceof OpenAI.BadRequestError && error.param === 'temperature',
      )
      const stranger = clientOf({ ...shared.twoWays.ways[name], key: 'hearth_wrong' })
      await assert.rejects(
        stranger.models.list(),
        (error) => error instanceof OpenAI.AuthenticationError && error.code === 'key_unknown',
      )
      await assert.rejects(client().models.retrieve('no-such-model'), OpenAI.NotFoundError)
    })
  })
}
