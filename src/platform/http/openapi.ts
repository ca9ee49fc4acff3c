import { z } from 'zod'
import { ERROR_KINDS } from '#base/errors'
import type { AnswerContract, ErrorShape, RouteContract } from '#base/route-contract'

type JsonSchema = Record<string, unknown>

const OPENAI_ERROR = z.object({
  error: z.looseObject({
    message: z.string(),
    type: z.string(),
    param: z.string().nullable(),
    code: z.string().nullable(),
  }),
})
const API_ERROR = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    type: z.enum(Object.keys(ERROR_KINDS) as [string, ...string[]]),
    details: z.record(z.string(), z.unknown()),
    correlation_id: z.string(),
  }),
})

const ANTHROPIC_ERROR = z.object({
  type: z.literal('error'),
  error: z.looseObject({ type: z.string(), message: z.string() }),
  request_id: z.string().optional(),
})

/** The form of errors on a route, for the document and for the check of answers. */
export const ERROR_SCHEMAS: Record<ErrorShape, z.ZodType> = {
  openai: OPENAI_ERROR,
  api: API_ERROR,
  anthropic: ANTHROPIC_ERROR,
}

const ERROR_NAMES: Record<ErrorShape, string> = {
  openai: 'OpenAiError',
  api: 'ApiError',
  anthropic: 'AnthropicError',
}

/** The OpenAPI 3.1 document of these routes. Each operation names its scope as `x-hearth-scope`. */
export function openApiDocument(routes: readonly RouteContract[], version: string): JsonSchema {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Hearth',
      version,
      description: "The control plane between a household's AI and everything that AI may touch.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'A key made by `hearth keys create`.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        roxyToken: { type: 'apiKey', in: 'header', name: 'X-ROXY-Token' },
        session: { type: 'apiKey', in: 'cookie', name: 'hearth_session' },
      },
      schemas: Object.fromEntries(
        Object.entries(ERROR_SCHEMAS).map(([shape, schema]) => [
          ERROR_NAMES[shape as ErrorShape],
          jsonSchema(schema, 'output'),
        ]),
      ),
    },
  }
}

function operation(route: RouteContract): JsonSchema {
  const answers = Object.entries(route.answers).map(([status, answer]) => [status, response(answer)])
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    'x-hearth-scope': route.scope,
    security:
      route.scope === 'open' ? [] : [{ bearer: [] }, { apiKey: [] }, { roxyToken: [] }, { session: [] }],
    ...parameters(route),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: jsonSchema(route.body, 'input') } },
          },
        }),
    responses: { ...Object.fromEntries(answers), default: errorResponse(route.errors) },
  }
}

function parameters(route: RouteContract): JsonSchema {
  const all = [...parametersIn('path', route.params), ...parametersIn('query', route.query)]
  return all.length === 0 ? {} : { parameters: all }
}

function parametersIn(place: 'path' | 'query', object: z.ZodObject | undefined): JsonSchema[] {
  return Object.entries(object?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || !(schema as z.ZodType).safeParse(undefined).success,
    schema: jsonSchema(schema as z.ZodType, 'input'),
  }))
}

function response({ description, schema, contentType }: AnswerContract): JsonSchema {
  const type = contentType ?? (schema === undefined ? undefined : 'application/json')
  if (type === undefined) return { description }
  return {
    description,
    content: { [type]: schema === undefined ? {} : { schema: jsonSchema(schema, 'output') } },
  }
}

function errorResponse(shape: ErrorShape): JsonSchema {
  const name = ERROR_NAMES[shape]
  return {
    description: 'What went wrong.',
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
  }
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema
  return rest
}

function operationId({ method, path }: RouteContract): string {
  const words = path.split(/[/:._-]+/).filter((word) => word !== '')
  return [method.toLowerCase(), ...words]
    .map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1)))
    .join('')
}
