import { z } from 'zod'
import { defineRoutes } from '#base/route-contract'

const address = z.string().max(2_000)

/** What can be changed while Hearth runs: Cathedral's options, with their names, and what Hearth adds to them. */
export const optionsSchema = z.object({
  lm_hosts: z.array(address).describe('Addresses of the model servers, most preferred first.'),
  embedding_base_path: address.nullable().describe('The server that answers embeddings before all others.'),
  temperature: z.number().nullable().describe('For requests that name none; null leaves it to the host.'),
  top_p: z.number().nullable().describe('For requests that name none; null leaves it to the host.'),
  aliases: z.record(z.string(), z.string()).describe('Further names of models.'),
  discovery: z.enum(['off', 'loopback', 'lan']).describe('Where Hearth looks for model servers by itself.'),
  auto_discovery: z.boolean().describe('True looks on the home network, whatever `discovery` says.'),
  lock_hosts: z.boolean().describe('Keeps `lm_hosts` as it is and found servers out.'),
  lock_LMSTUDIO_BASE_PATH: z.boolean().describe('Keeps `lm_hosts` as it is.'),
  lock_EMBEDDING_BASE_PATH: z.boolean().describe('Keeps `embedding_base_path` as it is.'),
})
export type OptionValues = z.infer<typeof optionsSchema>
export type OptionName = keyof OptionValues

export const OPTION_NAMES = Object.keys(optionsSchema.shape) as OptionName[]

const source = z.enum(['flag', 'env', 'stored', 'file', 'default'])

export const optionsAnswerSchema = z.object({
  options: optionsSchema,
  sources: z.record(z.string(), source).describe('Where each value comes from.'),
  locked: z.array(z.string()).describe('Options that a lock keeps as they are.'),
})
export type OptionsAnswer = z.infer<typeof optionsAnswerSchema>

const changed = { 200: { description: 'The options as they hold now.', schema: optionsAnswerSchema } }

export const optionRoutes = defineRoutes({
  getOptions: {
    method: 'GET',
    path: '/api/options',
    scope: 'view',
    tag: 'Options',
    summary: 'What can be changed while Hearth runs, and where each value comes from.',
    errors: 'api',
    answers: { 200: { description: 'The options.', schema: optionsAnswerSchema } },
  },
  changeOptions: {
    method: 'POST',
    path: '/api/options',
    scope: 'operate',
    tag: 'Options',
    summary: 'Changes some options; they hold at once, and after a restart.',
    description:
      'All of it or nothing: 422 lists everything that is wrong, 409 names the locks or the flag that fix a value. Taking a lock off needs the admin scope and a call with nothing else in it.',
    errors: 'api',
    body: z.looseObject({}).describe('Names and new values.'),
    answers: changed,
  },
  resetOption: {
    method: 'DELETE',
    path: '/api/options/:name',
    scope: 'operate',
    tag: 'Options',
    summary: 'Forgets a stored value, so that the file or the default holds again.',
    errors: 'api',
    params: z.object({ name: z.string().min(1).max(100) }),
    answers: changed,
  },
})
