import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { embed, generateText, streamText } from 'ai'
import { MODEL, TwoWays } from './two-ways.ts'

const shared = {} as { twoWays: TwoWays }

before(async () => {
  shared.twoWays = await TwoWays.start()
})
after(() => shared.twoWays[Symbol.asyncDispose]())

for (const name of ['directly', 'through a second Hearth'] as const) {
  suite(`the Vercel AI SDK, ${name}`, () => {
    const provider = () => {
      const { url, key } = shared.twoWays.ways[name]
      return createOpenAICompatible({ name: 'hearth', baseURL: `${url}/v1`, apiKey: key, includeUsage: true })
    }

    test('generates text', async () => {
      const { text, finishReason, usage } = await generateText({
        model: provider()(MODEL),
        prompt: 'Hello',
        maxOutputTokens: 10,
        maxRetries: 0,
      })
      assert.ok(text.length > 0)
      assert.equal(finishReason, 'length')
      assert.equal(usage.outputTokens, 10)
    })

    test('streams text', async () => {
      const result = streamText({
        model: provider()(MODEL),
        prompt: 'Hello',
        maxOutputTokens: 15,
        seed: 5,
        maxRetries: 0,
      })
      const parts: string[] = []
      for await (const part of result.textStream) parts.push(part)
      assert.ok(parts.length > 2, `${parts.length} parts`)
      assert.equal(await result.finishReason, 'length')
      assert.equal((await result.usage).outputTokens, 15)
      assert.equal(parts.join(''), await result.text)
    })

    test('embeds', async () => {
      const { embedding, usage } = await embed({
        model: provider().embeddingModel(MODEL),
        value: 'the fire',
        maxRetries: 0,
      })
      assert.ok(embedding.length > 8)
      assert.ok(usage.tokens > 0)
    })
  })
}
