import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Actor } from '#base/actor'
import { isAppError } from '#base/errors'
import { MessagesDialect, ResponsesDialect, StoredResponses, type Dialect } from '#dialects/index'
import { EventSplitter } from '#relay/event-splitter'
import { ManualClock } from '../contracts/manual-clock.ts'
import { anyValue } from '../fuzz/random-values.ts'
import { Random } from '../fuzz/random.ts'
import { CountingIds } from './counting-ids.ts'
import { eventsOf, type DialectEvent } from './events.ts'
import { followMessage } from './message-events.ts'
import { randomAssistant, randomConversation, randomSettings, type Assistant } from './random-chat.ts'
import { randomStream } from './random-stream.ts'
import { followResponse } from './response-events.ts'
import { toMessagesRequest } from './to-messages.ts'
import { toResponsesRequest } from './to-responses.ts'

type Fields = Record<string, unknown>

const ROUNDS = Number(process.env['HEARTH_FUZZ_REQUESTS'] ?? 2_000)
const SEED = Number(process.env['HEARTH_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
const ACTOR: Actor = { keyId: 'k', kind: 'app', user: 'test', via: 'key', scope: 'relay' }

interface Spoken {
  make(): Dialect
  fromChat(chat: Fields): Fields
  follow(events: readonly DialectEvent[]): Fields | undefined
  /** What the model said, read back from an answer. */
  saidIn(answer: Fields): Assistant
}

const DIALECTS: Record<string, Spoken> = {
  'the Messages API': {
    make: () => new MessagesDialect({ ids: new CountingIds(), clock: new ManualClock() }),
    fromChat: (chat) => ({ ...toMessagesRequest(chat), thinking: { type: 'enabled', budget_tokens: 1024 } }),
    follow: followMessage,
    saidIn: ({ content }) => {
      const blocks = content as Fields[]
      return assistant(
        blocks.filter(({ type }) => type === 'text').map(({ text }) => text as string),
        blocks.filter(({ type }) => type === 'thinking').map(({ thinking }) => thinking as string),
        blocks
          .filter(({ type }) => type === 'tool_use')
          .map(({ id, name, input }) => [id, name, JSON.stringify(input)] as string[]),
      )
    },
  },
  'the Responses API': {
    make: () => {
      const clock = new ManualClock()
      return new ResponsesDialect({ ids: new CountingIds(), clock, stored: new StoredResponses(clock) })
    },
    fromChat: toResponsesRequest,
    follow: followResponse,
    saidIn: ({ output }) => {
      const items = output as Fields[]
      const texts = (type: string) =>
        items
          .filter((item) => item.type === type)
          .flatMap(({ content }) => (content as { text: string }[]).map(({ text }) => text))
      return assistant(
        texts('message'),
        texts('reasoning'),
        items
          .filter(({ type }) => type === 'function_call')
          .map(({ call_id: id, name, arguments: text }) => [id, name, text] as string[]),
      )
    },
  },
}

function assistant(texts: string[], thoughts: string[], calls: string[][]): Assistant {
  return {
    role: 'assistant',
    content: texts.length === 0 ? null : texts.join(''),
    ...(thoughts.length > 0 && { reasoning_content: thoughts.join('') }),
    ...(calls.length > 0 && {
      tool_calls: calls.map(([id, name, text]) => ({
        id: id!,
        type: 'function' as const,
        function: { name: name!, arguments: text! },
      })),
    }),
  }
}

function rounds(check: (random: Random) => void): void {
  for (let round = 0; round < ROUNDS; round++) {
    try {
      check(new Random(SEED + round))
    } catch (cause) {
      throw new Error(`HEARTH_FUZZ_SEED=${SEED + round} HEARTH_FUZZ_REQUESTS=1: ${String(cause)}`, { cause })
    }
  }
}

for (const [name, spoken] of Object.entries(DIALECTS)) {
  suite(`through ${name}`, () => {
    test('a chat request comes out as it went in', () => {
      rounds((random) => {
        const chat = { ...randomSettings(random), messages: randomConversation(random) }
        assert.deepEqual(spoken.make().read(spoken.fromChat(chat), ACTOR).chat, chat)
      })
    })

    test('an answer says the same whole, in a stream cut anywhere into chunks, and read back', () => {
      rounds((random) => {
        const said = randomAssistant(random)
        const reason = random.pick([
          'stop',
          'length',
          'content_filter',
          ...(said.tool_calls ? ['tool_calls'] : []),
        ])
        const usage = { prompt_tokens: random.below(100), completion_tokens: random.below(100) }
        const request = spoken.fromChat({
          model: 'm1',
          max_tokens: 5,
          messages: [{ role: 'user', content: 'Hi' }],
        })
        const whole = spoken
          .make()
          .read(request, ACTOR)
          .whole({ choices: [{ index: 0, message: said, finish_reason: reason }], usage })
        assert.deepEqual(spoken.saidIn(whole), said)

        const stream = spoken.make().read(request, ACTOR).stream()
        const splitter = new EventSplitter()
        let out = ''
        for (const bytes of randomStream(said, reason, usage, random)) {
          for (const chunk of splitter.push(bytes)) out += stream.chunk(chunk)
        }
        for (const chunk of splitter.end()) out += stream.chunk(chunk)
        const streamed = spoken.follow(eventsOf(out + stream.end()))
        assert.deepEqual(withoutIds(streamed), withoutIds(whole))
      })
    })

    test('whatever a host sends becomes an answer or an error, in the right order', () => {
      rounds((random) => {
        const request = spoken.fromChat({
          model: 'm1',
          max_tokens: 5,
          messages: [{ role: 'user', content: 'Hi' }],
        })
        const translation = spoken.make().read(request, ACTOR)
        const stream = translation.stream()
        let out = ''
        try {
          for (let index = 0; index < 8; index++) out += stream.chunk(oddAnswer('delta', random))
          out += stream.end()
        } catch (error) {
          assert.ok(isAppError(error) && error.kind === 'upstream', String(error))
          out += stream.fail({ error })
        }
        // What a call's arguments are is the model's affair.
        if (!out.includes('partial_json')) spoken.follow(eventsOf(out))
        try {
          translation.whole(oddAnswer('message', random))
        } catch (error) {
          assert.ok(isAppError(error) && error.kind === 'upstream', String(error))
        }
      })
    })

    test('a stream that fails anywhere ends in an error and never in an answer', () => {
      rounds((random) => {
        const pieces = [...randomStream(randomAssistant(random), 'stop', {}, random)]
        const request = spoken.fromChat({
          model: 'm1',
          max_tokens: 5,
          messages: [{ role: 'user', content: 'Hi' }],
        })
        const stream = spoken.make().read(request, ACTOR).stream()
        const splitter = new EventSplitter()
        let out = ''
        for (const bytes of pieces.slice(0, random.below(pieces.length))) {
          for (const chunk of splitter.push(bytes)) out += stream.chunk(chunk)
        }
        out += stream.chunk({ error: { message: 'gone' } })
        assert.equal(spoken.follow(eventsOf(out)), undefined)
        assert.equal(stream.end() + stream.chunk({ choices: [] }), '', 'nothing follows an error')
      })
    })
  })
}

/** A chunk or a completion with anything in its places. */
function oddAnswer(field: 'delta' | 'message', random: Random): Fields {
  const odd = (usual: unknown) => (random.chance(0.7) ? usual : anyValue(random))
  const call = {
    index: odd(random.below(3)),
    id: odd('c'),
    function: odd({ name: odd('f'), arguments: odd('{}') }),
  }
  const message = {
    content: odd('Hi'),
    ...(random.chance(0.3) && { reasoning_content: odd('Hm.') }),
    ...(random.chance(0.3) && { refusal: odd('No.') }),
    ...(random.chance(0.3) && { tool_calls: odd([odd(call)]) }),
  }
  const choice = {
    index: odd(0),
    [field]: odd(message),
    finish_reason: odd(null),
    ...(random.chance(0.2) && { logprobs: odd({ content: odd([anyValue(random)]) }) }),
  }
  return {
    choices: odd([odd(choice)]),
    usage: odd({
      prompt_tokens: odd(1),
      completion_tokens: odd(2),
      prompt_tokens_details: odd({ cached_tokens: odd(1) }),
    }),
    ...(random.chance(0.05) && { error: anyValue(random) }),
  }
}

/** Parts may begin in another order in a stream, so that made-up ids differ. */
function withoutIds(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, field: unknown) =>
      key === 'id' && /_0{8}/.test(String(field)) ? '' : field,
    ),
  ) as unknown
}
