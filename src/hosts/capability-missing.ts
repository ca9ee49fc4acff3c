import { AppError } from '#base/errors'
import { CAPABILITIES, NEED, type Capability, type Needs } from './capabilities.ts'
import type { IndexedModel } from './model-index.ts'

/** The request field that asks for a capability, and what people call it. */
const FIELDS: Readonly<Record<Capability, { readonly param: string; readonly what: string }>> = {
  chat: { param: 'model', what: 'chat' },
  completions: { param: 'model', what: 'text completions' },
  embeddings: { param: 'model', what: 'embeddings' },
  tools: { param: 'tools', what: 'tools' },
  tool_choice: { param: 'tool_choice', what: 'a tool_choice other than auto and none' },
  logprobs: { param: 'logprobs', what: 'log probabilities' },
  vision: { param: 'messages', what: 'images' },
  json_schema: { param: 'response_format', what: 'a JSON schema' },
}

/** Every host that has the model denies something that the request needs. */
export function capabilityMissing(model: string, needs: Needs, { hosts, lacks }: IndexedModel): AppError {
  const missing = CAPABILITIES.filter((name) => lacks.some((lack) => (lack & needs & NEED[name]) !== 0))
  const everywhere = missing.find((name) => lacks.every((lack) => (lack & NEED[name]) !== 0)) ?? missing[0]!
  const lacking = hosts.map((host, at) => {
    const named = missing.filter((name) => (lacks[at]! & NEED[name]) !== 0)
    return `${host.name} cannot do ${named.map((name) => FIELDS[name].what).join(', ')}`
  })
  return new AppError(
    'invalid_input',
    'capability_missing',
    `No host of the model ${JSON.stringify(model.slice(0, 200))} can do ${FIELDS[everywhere].what} as this request asks (${lacking.join('; ')}). Leave out ${FIELDS[everywhere].param === 'model' ? 'this call' : FIELDS[everywhere].param}, choose another model, or correct capabilities of the host in the configuration.`,
    { param: FIELDS[everywhere].param, details: { missing, hosts: hosts.map(({ name }) => name) } },
  )
}
