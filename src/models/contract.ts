import { z } from 'zod'
import { defineRoutes } from '#base/route-contract'

const contextWindowSource = z
  .enum(['host', 'declared', 'embedded', 'guess', 'default'])
  .describe('Who says so; `guess` is made from the name, `default` stands where nobody knows.')

export const modelSchema = z.looseObject({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
  context_window: z.int().describe('Tokens that a request can use now.'),
  context_window_source: contextWindowSource,
  alias_of: z.string().optional().describe('The real name, where this is an alias of the house.'),
})

const answer = z.enum(['yes', 'no', 'unknown'])

const capabilitiesSchema = z.record(
  z.string(),
  z.object({ answer, source: z.enum(['probe', 'kind', 'declared']).optional() }),
)

const modelType = z.enum(['llm', 'vlm', 'embeddings', 'unknown'])
const modelState = z.enum(['loaded', 'not-loaded', 'unknown'])

const details = {
  type: modelType,
  state: modelState,
  publisher: z.string().optional(),
  arch: z.string().optional(),
  quantization: z.string().optional(),
  max_context_length: z
    .int()
    .optional()
    .describe('Tokens that the model could use if it were loaded for them.'),
}

export const modelMetadataSchema = modelSchema.extend({
  ...details,
  capabilities: capabilitiesSchema.describe('What can be asked of it in this house.'),
  hosts: z
    .array(
      z.object({
        host: z.string(),
        state: modelState,
        context_window: z.int().optional(),
        capabilities: capabilitiesSchema,
      }),
    )
    .describe('The truth table: each host that has it, most preferred first.'),
})

const lmStudioModel = z.object({
  id: z.string(),
  object: z.literal('model'),
  ...details,
  loaded_context_length: z.int().optional(),
})

const cathedralModel = z.object({
  name: z.string(),
  state: modelState,
  provider: z.literal('upstream'),
  context_length: z.int().optional(),
  max_context_length: z.int().optional(),
})

export const modelRoutes = defineRoutes({
  listModels: {
    method: 'GET',
    path: '/v1/models',
    scope: 'relay',
    tag: 'OpenAI',
    summary: 'Every model of every host, and the aliases of the house.',
    description:
      'Where two hosts have a model, the fields of the first configured host win, and a fact always wins over a guess.',
    errors: 'openai',
    answers: {
      200: {
        description: 'The models.',
        schema: z.object({ object: z.literal('list'), data: z.array(modelSchema) }),
      },
    },
  },
  getModel: {
    method: 'GET',
    path: '/v1/models/:model',
    lastParamTakesRest: true,
    scope: 'relay',
    tag: 'OpenAI',
    summary: 'One model.',
    description: 'The id may hold slashes.',
    errors: 'openai',
    params: z.object({ model: z.string().min(1) }),
    answers: { 200: { description: 'The model.', schema: modelSchema } },
  },
  listLmStudioModels: {
    method: 'GET',
    path: '/api/v0/models',
    scope: 'view',
    tag: 'OpenAI',
    summary: 'The models as LM Studio lists them (`data`) and as Cathedral did (`loaded`, `downloaded`).',
    description:
      'The form is the same for any number of hosts. A model whose host does not say whether it is loaded stands in `loaded`, as `unknown`.',
    errors: 'api',
    answers: {
      200: {
        description: 'The models.',
        schema: z.object({
          object: z.literal('list'),
          data: z.array(lmStudioModel),
          loaded: z.array(cathedralModel),
          downloaded: z.array(cathedralModel),
        }),
      },
    },
  },
  listModelMetadata: {
    method: 'GET',
    path: '/api/models/metadata',
    scope: 'view',
    tag: 'Models',
    summary: 'All that is known of each model: what it can do, on which host, and who says so.',
    errors: 'api',
    answers: {
      200: {
        description: 'The models.',
        schema: z.object({ object: z.literal('list'), data: z.array(modelMetadataSchema) }),
      },
    },
  },
})
