import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Actor } from '#base/actor'
import { isAppError } from '#base/errors'
import { MessagesDialect, ResponsesDialect, StoredResponses, type StreamTranslator } from '#dialects/index'
import { ManualClock } from '../contracts/manual-clock.ts'
import { CountingIds } from './counting-ids.ts'

type Fields = Record<string, unknown>

const ACTOR: Actor = { keyId: 'k', kind: 'app', user: 'test', via: 'key', scope: 'relay' }
const clock = new ManualClock()
const ids = new CountingIds()
const messages = new MessagesDialect({ ids, clock })
const responses = new ResponsesDialect({ ids, clock, stored: new StoredResponses(clock) })
const hello = [{ role: 'user', content: 'Hi' }]
const tools = [{ name: 'f', input_schema: { type: 'object' } }]
const functions = [{ type: 'function', name: 'f', parameters: { type: 'object' } }]

const askMessages = (fields: Fields) =>
  messages.read({ model: 'm1', max_tokens: 5, messages: hello, ...fields })
const askResponses = (fields: Fields) => responses.read({ model: 'm1', input: 'Hi', ...fields }, ACTOR)

/** What a field adds to the chat request, or the code and parameter it is refused with. */
function outcome(ask: (fields: Fields) => { chat: Fields }, fields: Fields, plain: Fields): unknown {
  try {
    const { chat } = ask(fields)
    const changed = Object.entries(chat).filter(
      ([name, value]) => JSON.stringify(plain[name]) !== JSON.stringify(value),
    )
    return Object.fromEntries(changed)
  } catch (error) {
    if (!isAppError(error)) throw error
    return `${error.code} ${error.param ?? ''}`
  }
}

const bad = (param: string) => `request_invalid ${param}`
const refused = (param: string) => `unsupported_parameter ${param}`

suite('a field of the Messages API', () => {
  const plain = askMessages({}).chat
  const table: [Fields, unknown][] = [
    [
      { temperature: 0.5, top_p: 0.9, top_k: 40 },
      { temperature: 0.5, top_p: 0.9, top_k: 40 },
    ],
    [{ temperature: null, system: null, tools: null, stop_sequences: null, thinking: null }, {}],
    [{ stop_sequences: ['a', 'b'] }, { stop: ['a', 'b'] }],
    [
      { seed: 7, min_p: 0.1 },
      { seed: 7, min_p: 0.1 },
    ],
    [{ metadata: { user_id: 'u' }, service_tier: 'auto', cache_control: { type: 'ephemeral' } }, {}],
    [{ speed: 'standard', mcp_servers: [] }, {}],
    [{ thinking: { type: 'adaptive' } }, {}],
    [{ output_config: { effort: 'max' } }, { reasoning_effort: 'max' }],
    [{ context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] } }, {}],
    [{ stream: true }, { stream: true, stream_options: { include_usage: true } }],
    [
      { tools: [{ type: 'custom', ...tools[0] }], tool_choice: { type: 'auto' } },
      {
        tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
        tool_choice: 'auto',
      },
    ],
    [{ tools: [], tool_choice: { type: 'none' } }, {}],
    [{ tool_choice: { type: 'any' } }, bad('tool_choice')],
    [{ tools, tool_choice: { type: 'some' } }, bad('tool_choice.type')],
    [{ max_tokens: 0 }, bad('max_tokens')],
    [{ max_tokens: null }, bad('max_tokens')],
    [{ messages: [] }, bad('messages')],
    [{ messages: [{ role: 'robot', content: 'Hi' }] }, bad('messages[0].role')],
    [{ messages: [{ role: 'user', content: 5 }] }, bad('messages[0].content')],
    [{ messages: [{ role: 'user' }] }, bad('messages[0].content')],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, bad('messages[0].content[0].text')],
    [{ stop_sequences: [1] }, bad('stop_sequences')],
    [{ temperature: 'hot' }, bad('temperature')],
    [{ output_config: { format: { type: 'json_schema' } } }, bad('output_config.format.schema')],
    [{ speed: 'fast' }, refused('speed')],
    [{ container: 'c' }, refused('container')],
    [
      { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } },
      refused('context_management'),
    ],
    [{ tools: [{ ...tools[0], defer_loading: true }] }, refused('tools[0].defer_loading')],
    [{ tools: [{ ...tools[0], input_examples: [{}] }] }, refused('tools[0].input_examples')],
    [
      { tools: [{ ...tools[0], allowed_callers: ['code_execution_20250825'] }] },
      refused('tools[0].allowed_callers'),
    ],
    [{ tools: [{ type: 'bash_20250124', name: 'bash' }] }, refused('tools[0] (bash_20250124)')],
    [
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'file', file_id: 'f' } }] }] },
      refused('messages[0].content[0].source (file)'),
    ],
    [
      {
        messages: [
          {
            role: 'user',
            content: [{ type: 'tool_result', tool_use_id: 't', content: [{ type: 'image' }] }],
          },
        ],
      },
      refused('messages[0].content[0].content (image)'),
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'thinking', thinking: '' }] }] },
      refused('messages[0].content[0] (thinking)'),
    ],
    [{ tools: [{ ...tools[0], colour: 'red' }] }, 'unknown_parameter tools[0].colour'],
    [{ n: 2 }, 'unknown_parameter n'],
    [{ __proto__: null, constructor: 1 }, 'unknown_parameter constructor'],
  ]
  for (const [fields, expected] of table) {
    test(JSON.stringify(fields).slice(0, 120), () =>
      assert.deepEqual(outcome(askMessages, fields, plain), expected),
    )
  }
})

suite('a field of the Responses API', () => {
  const plain = askResponses({}).chat
  const table: [Fields, unknown][] = [
    [
      { max_output_tokens: 9, temperature: 0.5, top_p: 0.9 },
      { max_tokens: 9, temperature: 0.5, top_p: 0.9 },
    ],
    [{ metadata: { a: 'b' }, user: 'u', store: false, service_tier: 'flex', prompt_cache_key: 'k' }, {}],
    [{ background: false, truncation: 'disabled', max_tool_calls: 3, context_management: [] }, {}],
    [{ top_logprobs: 2 }, { logprobs: true, top_logprobs: 2 }],
    [{ include: ['message.output_text.logprobs'] }, { logprobs: true }],
    [{ include: ['reasoning.encrypted_content'] }, {}],
    [{ reasoning: { effort: 'low', summary: 'auto' } }, { reasoning_effort: 'low' }],
    [{ text: { format: { type: 'text' }, verbosity: 'low' } }, { verbosity: 'low' }],
    [{ text: { format: { type: 'json_object' } } }, { response_format: { type: 'json_object' } }],
    [{ parallel_tool_calls: false }, {}],
    [
      { tools: functions, parallel_tool_calls: false, tool_choice: { type: 'function', name: 'f' } },
      {
        tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }],
        tool_choice: { type: 'function', function: { name: 'f' } },
        parallel_tool_calls: false,
      },
    ],
    [
      {
        tools: [...functions, { type: 'function', name: 'g' }],
        tool_choice: { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] },
      },
      { tools: [{ type: 'function', function: { name: 'g' } }], tool_choice: 'required' },
    ],
    [
      {
        instructions: 'Be brief.',
        input: [
          { role: 'developer', content: 'Be kind.' },
          { role: 'user', content: 'Hi' },
        ],
      },
      { messages: [{ role: 'system', content: 'Be brief.\n\nBe kind.' }, ...hello] },
    ],
    [{ input: null }, bad('input')],
    [{ input: [] }, bad('input')],
    [{ input: [{ role: 'robot', content: '' }] }, bad('input[0].role')],
    [{ input: [5] }, bad('input[0]')],
    [{ tool_choice: 'required' }, bad('tool_choice')],
    [{ text: { format: { type: 'xml' } } }, bad('text.format.type')],
    [{ text: { format: { type: 'json_schema', name: 'n' } } }, bad('text.format.schema')],
    [{ reasoning: { effort: 'most' } }, bad('reasoning.effort')],
    [{ tools: [{ name: 'f' }] }, bad('tools[0].type')],
    [{ reasoning: { mode: 'pro' } }, refused('reasoning.mode')],
    [{ include: ['thoughts'] }, refused('include[0]')],
    [{ tools: [{ type: 'custom', name: 'f' }] }, refused('tools[0] (custom)')],
    [{ stream_options: { include_obfuscation: true } }, refused('stream_options.include_obfuscation')],
    [{ prompt: { id: 'p' } }, refused('prompt')],
    [
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
      refused('input[0].content[0] (input_file)'),
    ],
    [
      { input: [{ role: 'user', content: [{ type: 'input_image', file_id: 'f' }] }] },
      refused('input[0].content[0].file_id'),
    ],
    [
      { input: [{ type: 'reasoning', summary: [], encrypted_content: 'x' }] },
      refused('input[0] (reasoning)'),
    ],
    [{ input: [{ type: 'item_reference', id: 'msg_gone' }] }, 'item_not_found input[0]'],
    [{ previous_response_id: 'resp_gone' }, 'response_not_found previous_response_id'],
    [{ n: 2 }, 'unknown_parameter n'],
  ]
  for (const [fields, expected] of table) {
    test(JSON.stringify(fields).slice(0, 120), () =>
      assert.deepEqual(outcome(askResponses, fields, plain), expected),
    )
  }
})

suite('what is nested too deeply', () => {
  const deep = (levels: number): unknown =>
    JSON.parse('{"a":['.repeat(levels / 2) + ']}'.repeat(levels / 2)) as unknown
  const unreadable = (error: unknown) => isAppError(error) && error.code === 'answer_unreadable'

  test('is refused by the name of its field, and 90 levels are not', () => {
    for (const levels of [200, 200_000]) {
      const value = deep(levels)
      for (const [ask, fields, param] of [
        [askMessages, { metadata: value }, 'metadata'],
        [askMessages, { tools: [{ name: 'f', input_schema: value }] }, 'tools'],
        [askResponses, { metadata: value }, 'metadata'],
        [askResponses, { tools: [{ ...functions[0], parameters: value }] }, 'tools'],
        [askResponses, { text: { format: { type: 'json_schema', name: 'n', schema: value } } }, 'text'],
      ] as const)
        assert.equal(outcome(ask, fields, {}), bad(param))
    }
    assert.deepEqual(outcome(askMessages, { metadata: deep(90) }, askMessages({}).chat), {})
  })

  test('in an answer is unreadable', () => {
    const value = deep(200_000)
    const logprobs = {
      choices: [{ message: { content: 'Hi' }, finish_reason: 'stop', logprobs: { content: [value] } }],
    }
    assert.throws(() => askResponses({}).whole(logprobs), unreadable)
    const text = '{"a":'.repeat(200_000) + '1' + '}'.repeat(200_000)
    const call = { id: 'c', function: { name: 'f', arguments: text } }
    const called = { choices: [{ message: { tool_calls: [call] }, finish_reason: 'tool_calls' }] }
    assert.throws(() => askMessages({}).whole(called), unreadable)
  })
})

test('what a model said after its calls is a turn of its own', () => {
  const { chat } = askResponses({
    input: [
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
      { role: 'assistant', content: 'Done.' },
      { role: 'user', content: 'Hi' },
    ],
  })
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
  assert.deepEqual(chat.messages, [
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'assistant', content: 'Done.' },
    ...hello,
  ])
})

suite('a finish reason', () => {
  const table = [
    ['stop', 'end_turn', 'completed', null],
    ['length', 'max_tokens', 'incomplete', { reason: 'max_output_tokens' }],
    ['content_filter', 'refusal', 'incomplete', { reason: 'content_filter' }],
    ['tool_calls', 'tool_use', 'completed', null],
    ['something new', 'end_turn', 'completed', null],
  ] as const
  for (const [reason, stopReason, status, details] of table) {
    test(`${reason} is ${stopReason} and ${status}`, () => {
      const completion = { choices: [{ message: { content: 'Hi' }, finish_reason: reason }] }
      assert.equal(askMessages({}).whole(completion).stop_reason, stopReason)
      const response = askResponses({}).whole(completion)
      assert.deepEqual([response.status, response.incomplete_details], [status, details])
    })
  }

  test('stop names the sequence where the host says which', () => {
    const completion = {
      choices: [{ message: { content: 'Hi' }, finish_reason: 'stop', stop_reason: 'END' }],
    }
    const asked = askMessages({ stop_sequences: ['END'] }).whole(completion)
    assert.deepEqual([asked.stop_reason, asked.stop_sequence], ['stop_sequence', 'END'])
    assert.equal(askMessages({}).whole(completion).stop_reason, 'end_turn')
  })
})

suite('what a host says beside its text', () => {
  const whole = (message: Fields, more: Fields = {}) => ({
    choices: [{ message, finish_reason: 'stop', ...more }],
  })

  test('thoughts are shown to who asked for them', () => {
    for (const field of ['reasoning_content', 'reasoning']) {
      const completion = whole({ [field]: 'Hm.', content: 'Hi' })
      const types = (fields: Fields) =>
        (askMessages(fields).whole(completion).content as Fields[]).map(({ type }) => type)
      assert.deepEqual(types({}), ['text'])
      assert.deepEqual(types({ thinking: { type: 'enabled', budget_tokens: 1024 } }), ['thinking', 'text'])
      assert.deepEqual(types({ thinking: { type: 'adaptive', display: 'omitted' } }), ['text'])
    }
  })

  test('a refusal is told as one', () => {
    const completion = whole({ content: null, refusal: 'No.' })
    const message = askMessages({}).whole(completion)
    assert.deepEqual(
      [message.stop_reason, message.content],
      ['refusal', [{ type: 'text', text: 'No.', citations: null }]],
    )
    const [item] = askResponses({}).whole(completion).output as { content: unknown }[]
    assert.deepEqual(item!.content, [{ type: 'refusal', refusal: 'No.' }])
  })

  test('log probabilities stand with their text', () => {
    const logprobs = { content: [{ token: 'Hi', logprob: -0.1, bytes: null, top_logprobs: [] }] }
    const [item] = askResponses({}).whole(whole({ content: 'Hi' }, { logprobs })).output as {
      content: Fields[]
    }[]
    assert.deepEqual(item!.content[0]!.logprobs, logprobs.content)
  })

  test('an answer without words is a message without words', () => {
    const [item] = askResponses({}).whole(whole({ content: '' })).output as { content: Fields[] }[]
    assert.equal(item!.content[0]!.text, '')
    assert.deepEqual(askMessages({}).whole(whole({ content: null })).content, [])
  })

  test('a call whose input is no JSON is unreadable, unless the tokens ran out', () => {
    const call = { id: 'c', function: { name: 'f', arguments: '{"room":' } }
    assert.throws(
      () => askMessages({}).whole(whole({ tool_calls: [call] })),
      (error) => isAppError(error) && error.code === 'answer_unreadable',
    )
    const cut = askMessages({}).whole(whole({ tool_calls: [call] }, { finish_reason: 'length' }))
    assert.deepEqual([cut.stop_reason, (cut.content as Fields[])[0]!.input], ['max_tokens', {}])
  })
})

suite('what a host says in its own way', () => {
  const unreadable = (error: unknown) => isAppError(error) && error.code === 'answer_unreadable'
  const answer = (message: Fields, reason: string | null = 'stop', index = 0) => ({
    choices: [{ index, message, finish_reason: reason }],
  })
  const textOf = (completion: Fields) => {
    const [block] = askMessages({}).whole(completion).content as { text: string }[]
    const [item] = askResponses({}).whole(completion).output as { content: { text: string }[] }[]
    assert.equal(item!.content[0]!.text, block!.text)
    return block!.text
  }
  const streamOf = (
    ask: (fields: Fields) => { stream: () => StreamTranslator },
    chunks: readonly Fields[],
  ) => {
    const stream = ask({}).stream()
    return chunks.map((chunk) => stream.chunk(chunk)).join('') + stream.end()
  }

  test('text in parts is text', () => {
    const content = [{ type: 'text', text: 'Hi' }, { type: 'image_url' }, { type: 'text', text: ' there' }]
    assert.equal(textOf(answer({ content })), 'Hi there')
  })

  test('the only choice is the answer, whatever its number', () => {
    assert.equal(textOf(answer({ content: 'Hi' }, 'stop', 1)), 'Hi')
    const chunks = [1, 0, 1].map((index) => ({ choices: [{ index, delta: { content: `<${index}>` } }] }))
    const text = streamOf(askMessages, chunks)
    assert.deepEqual(text.match(/<\d>/g), ['<1>', '<1>'])
  })

  test('a call under its old name is a call', () => {
    const completion = answer(
      { content: null, function_call: { name: 'f', arguments: '{"x":1}' } },
      'function_call',
    )
    const message = askMessages({}).whole(completion)
    const [block] = message.content as Fields[]
    assert.deepEqual([message.stop_reason, block!.name, block!.input], ['tool_use', 'f', { x: 1 }])
    const [item] = askResponses({}).whole(completion).output as Fields[]
    assert.deepEqual([item!.type, item!.name, item!.arguments], ['function_call', 'f', '{"x":1}'])
  })

  test('an error is one, whatever it looks like', () => {
    for (const error of ['gone', { message: 'gone' }, ['gone'], 500, true]) {
      for (const ask of [askMessages, askResponses]) {
        assert.throws(() => ask({}).whole({ ...answer({ content: 'Hi' }), error }), unreadable)
        assert.match(ask({}).stream().chunk({ error }), /^event: error/m)
      }
    }
    assert.equal(textOf({ ...answer({ content: 'Hi' }), error: null }), 'Hi')
  })

  test('a part of a call is no call, unless the host says that it was cut', () => {
    const call = { id: 'c', function: { name: 'f', arguments: '{"room":' } }
    const begun = { choices: [{ delta: { tool_calls: [{ index: 0, ...call }] } }] }
    const ended = (reason: string) => ({ choices: [{ delta: {}, finish_reason: reason }] })
    for (const ask of [askMessages, askResponses]) {
      assert.throws(() => streamOf(ask, [begun]), unreadable)
      assert.throws(() => streamOf(ask, [begun, ended('tool_calls')]), unreadable)
      assert.throws(() => ask({}).whole(answer({ tool_calls: [call] }, 'tool_calls')), unreadable)
      for (const reason of ['length', 'content_filter']) {
        assert.doesNotThrow(() => streamOf(ask, [begun, ended(reason)]))
        assert.doesNotThrow(() => ask({}).whole(answer({ tool_calls: [call] }, reason)))
      }
    }
  })

  test('an answer without a finish reason is not called complete', () => {
    const said = askResponses({}).whole(answer({ content: 'Hi' }, null))
    assert.deepEqual([said.status, said.incomplete_details, said.completed_at], ['incomplete', null, null])
    assert.equal(askMessages({}).whole(answer({ content: 'Hi' }, null)).stop_reason, 'end_turn')
    const called = answer({ tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }] }, null)
    assert.equal(askResponses({}).whole(called).status, 'completed')
    assert.equal(askMessages({}).whole(called).stop_reason, 'tool_use')
    for (const ask of [askMessages, askResponses]) {
      assert.throws(() => ask({}).whole(answer({ content: null }, null)), unreadable)
      assert.throws(() => streamOf(ask, [{ choices: [{ delta: { content: '' } }] }]), unreadable)
    }
  })
})

test('pings tell a caller that hidden thoughts go on', () => {
  const stream = askMessages({}).stream()
  const thought = { choices: [{ delta: { reasoning_content: 'Hm.' } }] }
  assert.match(stream.chunk(thought), /^event: message_start\n/)
  assert.equal(stream.chunk(thought), '')
  clock.advance(5_000)
  assert.equal(stream.chunk(thought), 'event: ping\ndata: {"type":"ping"}\n\n')
  assert.equal(stream.chunk(thought), '')
})
