import { z } from 'zod'
import { defineRoutes } from '#base/route-contract'

const TRANSLATED =
  'Translated into a chat completion for whichever host has the model. What a chat completion cannot carry is refused by name.'

const tool = z.looseObject({ name: z.string().optional(), type: z.string().nullish() })

const messagesRequest = z.looseObject({
  model: z.string().min(1).describe('A model of GET /v1/models.'),
  max_tokens: z.int().min(1),
  messages: z
    .array(
      z.looseObject({
        role: z.enum(['user', 'assistant', 'system']),
        content: z.union([z.string(), z.array(z.looseObject({ type: z.string() }))]),
      }),
    )
    .min(1),
  system: z
    .union([z.string(), z.array(z.looseObject({ type: z.literal('text'), text: z.string() }))])
    .nullish(),
  stream: z.boolean().nullish().describe('Answer as an event stream.'),
  stop_sequences: z.array(z.string()).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  top_k: z.int().nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: z.looseObject({ type: z.enum(['auto', 'any', 'tool', 'none']) }).nullish(),
  thinking: z.looseObject({ type: z.string() }).nullish(),
  output_config: z.looseObject({}).nullish(),
})

const message = z.looseObject({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  model: z.string(),
  content: z.array(z.looseObject({ type: z.enum(['text', 'thinking', 'tool_use']) })),
  stop_reason: z.enum(['end_turn', 'max_tokens', 'stop_sequence', 'tool_use', 'refusal']),
  stop_sequence: z.string().nullable(),
  usage: z.looseObject({ input_tokens: z.int(), output_tokens: z.int() }),
})

const item = z.looseObject({ type: z.string().optional() })

const responsesRequest = z.looseObject({
  model: z.string().min(1).describe('A model of GET /v1/models.'),
  input: z.union([z.string(), z.array(item)]).nullish(),
  instructions: z.string().nullish(),
  previous_response_id: z.string().nullish().describe('A response of the same key that is still in memory.'),
  store: z
    .boolean()
    .nullish()
    .describe('Keep the response in memory for a while; true where nothing is said.'),
  stream: z.boolean().nullish().describe('Answer as an event stream.'),
  max_output_tokens: z.int().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: z.union([z.string(), z.looseObject({ type: z.string() })]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z.looseObject({}).nullish(),
  reasoning: z.looseObject({}).nullish(),
  metadata: z.looseObject({}).nullish(),
})

const response = z.looseObject({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.int(),
  status: z.enum(['completed', 'incomplete']),
  model: z.string(),
  output: z.array(z.looseObject({ id: z.string(), type: z.enum(['message', 'function_call', 'reasoning']) })),
  usage: z.looseObject({ input_tokens: z.int(), output_tokens: z.int(), total_tokens: z.int() }).nullable(),
  error: z.null(),
  incomplete_details: z.object({ reason: z.string() }).nullable(),
})

const responseId = z.object({ id: z.string().min(1).max(200) })

export const dialectRoutes = defineRoutes({
  responses: {
    method: 'POST',
    path: '/v1/responses',
    scope: 'relay',
    tag: 'OpenAI Responses',
    summary: 'A response by a host that has the model.',
    description: `${TRANSLATED} Responses are kept in memory for a while, never on disk; a restart forgets them.`,
    errors: 'openai',
    body: responsesRequest,
    answers: {
      200: {
        description: 'The response; with `stream`, an event stream that ends with `response.completed`.',
        schema: response,
      },
    },
  },
  getResponse: {
    method: 'GET',
    path: '/v1/responses/:id',
    scope: 'relay',
    tag: 'OpenAI Responses',
    summary: 'A response that is still in memory.',
    errors: 'openai',
    params: responseId,
    query: z.object({ stream: z.enum(['false']).optional().describe('Responses cannot be streamed again.') }),
    answers: { 200: { description: 'The response.', schema: response } },
  },
  deleteResponse: {
    method: 'DELETE',
    path: '/v1/responses/:id',
    scope: 'relay',
    tag: 'OpenAI Responses',
    summary: 'Forget a response.',
    errors: 'openai',
    params: responseId,
    answers: {
      200: {
        description: 'It is gone.',
        schema: z.object({ id: z.string(), object: z.literal('response'), deleted: z.literal(true) }),
      },
    },
  },
  listInputItems: {
    method: 'GET',
    path: '/v1/responses/:id/input_items',
    scope: 'relay',
    tag: 'OpenAI Responses',
    summary: 'The conversation that led to a response.',
    errors: 'openai',
    params: responseId,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      order: z.enum(['asc', 'desc']).default('desc'),
      after: z.string().optional().describe('The id of the item before the first.'),
    }),
    answers: {
      200: {
        description: 'A page of items.',
        schema: z.object({
          object: z.literal('list'),
          data: z.array(item),
          first_id: z.string().nullable(),
          last_id: z.string().nullable(),
          has_more: z.boolean(),
        }),
      },
    },
  },
  cancelResponse: {
    method: 'POST',
    path: '/v1/responses/:id/cancel',
    scope: 'relay',
    tag: 'OpenAI Responses',
    summary: 'Refused: there are no background responses.',
    errors: 'openai',
    params: responseId,
    answers: {},
  },
  messages: {
    method: 'POST',
    path: '/v1/messages',
    scope: 'relay',
    tag: 'Anthropic Messages',
    summary: 'A message by a host that has the model.',
    description: TRANSLATED,
    errors: 'anthropic',
    body: messagesRequest,
    answers: {
      200: {
        description: 'The message; with `stream`, an event stream that ends with `message_stop`.',
        schema: message,
      },
    },
  },
  countTokens: {
    method: 'POST',
    path: '/v1/messages/count_tokens',
    scope: 'relay',
    tag: 'Anthropic Messages',
    summary: 'Refused: only hosts know the tokens of a model.',
    errors: 'anthropic',
    answers: {},
  },
})
