import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { call, chat, EngineUnderTest, type Completion } from './engine-fixture.test.ts'

let tested: EngineUnderTest
let socket: string
before(async () => {
  tested = await EngineUnderTest.start()
  socket = await tested.ready()
})
after(() => tested.close())

test('the self-test model writes words until max_tokens, for 50 seeds, temperatures and prompts', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const { choices, usage } = await chat(socket, {
      seed,
      temperature: (seed % 11) / 5,
      top_p: 1,
      top_k: 0,
      min_p: 0,
      max_tokens: 40,
      messages: [{ role: 'user', content: PROMPTS[seed % PROMPTS.length] }],
    })
    assert.equal(choices[0].finish_reason, 'length')
    assert.equal(usage.completion_tokens, 40)
    assert.match(choices[0].message.content, /^ ?[a-z]+( [a-z]+){39}$/)
  }
})

test('a prompt that ends inside JSON still gets words', async () => {
  for (const prompt of ['{"kitchen": "', '</s>', '<0x7B>"', '{"a":["kitchen', '']) {
    const reply = await call(socket, '/v1/completions', {
      prompt,
      temperature: 2,
      top_k: 0,
      top_p: 1,
      max_tokens: 40,
    })
    const { choices } = JSON.parse(reply.text) as Completion
    assert.match(choices[0].text, /^ ?[a-z]+( [a-z]+){39}$/)
  }
})

test('its words vary at a usual temperature', async () => {
  const { choices } = await chat(socket, { seed: 1, temperature: 0.7, max_tokens: 100 })
  assert.ok(new Set(choices[0].message.content.split(' ')).size > 50)
})

const PROMPTS = [
  'Hello',
  '',
  'Answer with {"json": ["only", 1, true]}',
  '"',
  'Grüße, 你好 🏡\n\t',
  '<|im_end|></s><s>',
  'kitchen '.repeat(500),
]
