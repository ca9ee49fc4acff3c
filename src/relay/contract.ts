import { z } from 'zod'
import { defineRoutes } from '#base/route-contract'

const usageSchema = z.looseObject({ prompt_tokens: z.int(), total_tokens: z.int() })

const message = z.looseObject({
  role: z.string(),
  content: z.union([z.string(), z.array(z.unknown()), z.null()]).optional(),
})

const sampling = {
  model: z.string().min(1).describe('A model of GET /v1/models.'),
  stream: z.boolean().nullish().describe('Answer as an event stream.'),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  max_tokens: z.int().nullish(),
  n: z.int().nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
}

const chatRequest = z.looseObject({
  ...sampling,
  messages: z.array(message).min(1),
  max_completion_tokens: z.int().nullish(),
  tools: z.array(z.unknown()).nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
})

const completionRequest = z.looseObject({ ...sampling, prompt: z.union([z.string(), z.array(z.unknown())]) })

const embeddingsRequest = z.looseObject({
  model: z.string().min(1),
  input: z.union([z.string(), z.array(z.unknown())]),
  encoding_format: z.string().nullish(),
  dimensions: z.int().nullish(),
})

const PASSED_ON =
  'Fields that Hearth does not know go on to the host. The answer is the host’s own, byte for byte; its errors keep their status and body.'

export const relayRoutes = defineRoutes({
  chat: {
    method: 'POST',
    path: '/v1/chat/completions',
    scope: 'relay',
    tag: 'OpenAI',
    summary: 'A chat completion by a host that has the model.',
    description: PASSED_ON,
    errors: 'openai',
    body: chatRequest,
    answers: {
      200: {
        description: 'The completion; with `stream`, an event stream that ends in one `[DONE]`.',
        schema: z.looseObject({ choices: z.array(z.unknown()), usage: usageSchema.nullish() }),
      },
    },
  },
  completions: {
    method: 'POST',
    path: '/v1/completions',
    scope: 'relay',
    tag: 'OpenAI',
    summary: 'A text completion by a host that has the model.',
    description: PASSED_ON,
    errors: 'openai',
    body: completionRequest,
    answers: {
      200: {
        description: 'The completion; with `stream`, an event stream that ends in one `[DONE]`.',
        schema: z.looseObject({ choices: z.array(z.unknown()), usage: usageSchema.nullish() }),
      },
    },
  },
  embeddings: {
    method: 'POST',
    path: '/v1/embeddings',
    scope: 'relay',
    tag: 'OpenAI',
    summary: 'Embeddings by a host that has the model.',
    description: PASSED_ON,
    errors: 'openai',
    body: embeddingsRequest,
    answers: {
      200: {
        description: 'The vectors.',
        schema: z.looseObject({ data: z.array(z.unknown()), usage: usageSchema.nullish() }),
      },
    },
  },
})
