import { z } from 'zod'
import { configSchema } from './schema.ts'

/** One value that can be set: `relay.idle_timeout_ms`. */
export interface Leaf {
  readonly path: string
  readonly env: string
  readonly schema: z.ZodType
  readonly description: string
}

/** `relay.idle_timeout_ms` is `HEARTH_RELAY_IDLE_TIMEOUT_MS`. */
export function envNameOf(path: string): string {
  return `HEARTH_${path.replaceAll('.', '_').toUpperCase()}`
}

/** Every value of the configuration, sections taken apart, in the order of the schema. */
export function configLeaves(): Leaf[] {
  return leavesOf(configSchema, '')
}

function leavesOf(object: z.ZodObject, prefix: string): Leaf[] {
  return Object.entries(object.shape).flatMap(([name, schema]) => {
    const path = prefix + name
    const inner = unwrap(schema as z.ZodType)
    if (inner instanceof z.ZodObject) return leavesOf(inner, `${path}.`)
    const leaf = schema as z.ZodType
    return [{ path, env: envNameOf(path), schema: leaf, description: leaf.description ?? '' }]
  })
}

/** The type under a default, an optional or a null. */
export function unwrap(schema: z.ZodType): z.ZodType {
  const wraps = [z.ZodDefault, z.ZodPrefault, z.ZodOptional, z.ZodNullable]
  for (const Wrapper of wraps) {
    if (schema instanceof Wrapper) return unwrap(schema.unwrap() as z.ZodType)
  }
  return schema
}
