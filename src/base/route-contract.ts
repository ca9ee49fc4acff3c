import type { z } from 'zod'
import type { Scope } from './actor.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Which wire format a route's errors have. */
export type ErrorShape = 'openai' | 'api' | 'anthropic'

export interface AnswerContract {
  readonly description: string
  /** The JSON body, or undefined where the body is not JSON. */
  readonly schema?: z.ZodType
  /** `application/json` where a schema is given and nothing else is said. */
  readonly contentType?: string
}

/**
 * One route as promised to callers: the source of the OpenAPI file, of request checks, of the table
 * route → scope, and of the check of every answer in tests.
 */
export interface RouteContract {
  readonly method: Method
  /** Fastify's form: `/api/keys/:id`. */
  readonly path: string
  /** The last parameter of the path takes everything that follows, slashes too. */
  readonly lastParamTakesRest?: boolean
  /** The scope it needs, or `open` for the few routes that need no key. */
  readonly scope: Scope | 'open'
  readonly tag: string
  readonly summary: string
  readonly description?: string
  readonly errors: ErrorShape
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  readonly answers: Readonly<Record<number, AnswerContract>>
}

/** Keeps the exact types of a table of routes while checking its form. */
export function defineRoutes<const T extends Record<string, RouteContract>>(routes: T): T {
  return routes
}
