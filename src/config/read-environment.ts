import { nearNames } from '#base/text'
import { tryParseJson } from '#base/json'
import { configLeaves, unwrap, type Leaf } from './leaves.ts'
import type { Layer } from './layers.ts'
import { z } from 'zod'

export type Environment = Readonly<Record<string, string | undefined>>

/** Names that belong to the command line client, and those Kubernetes makes for a service called hearth. */
const NOT_SETTINGS = /^HEARTH_(URL|KEY|CONFIG|SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_\w+)$/

/** Reads settings from the environment; a name that is none of them is a problem, with the nearest names. */
export function readEnvironment(env: Environment): { layer: Layer; problems: string[] } {
  const leaves = configLeaves()
  const known = new Map(leaves.map((leaf) => [leaf.env, leaf]))
  const values = new Map<string, unknown>()
  const labels = new Map<string, string>()
  const problems: string[] = []
  const take = (path: string, name: string, value: unknown): void => {
    values.set(path, value)
    labels.set(path, name)
  }

  if (env.LOG_LEVEL) take('log_level', 'LOG_LEVEL', env.LOG_LEVEL.toLowerCase())
  if (env.DATABASE_URL) take('database_url', 'DATABASE_URL', env.DATABASE_URL)
  if (env.API_PORT) {
    if (/^\d{1,5}$/.test(env.API_PORT))
      take('listeners', 'API_PORT', [{ address: `127.0.0.1:${env.API_PORT}` }])
    else problems.push(`API_PORT: expected a port number, got ${JSON.stringify(env.API_PORT)}`)
  }
  if (/^(false|0|no|off)$/i.test(env.AUTH_ENABLED ?? '')) {
    problems.push(
      'AUTH_ENABLED: Hearth does not run without keys. Remove it; the admin key is in admin.key in the data folder. On loopback alone, `keys: off` is possible.',
    )
  }
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('HEARTH_') || text === undefined || text === '') continue
    const leaf = known.get(name)
    if (leaf !== undefined) take(leaf.path, name, readValue(leaf, text))
    else if (!NOT_SETTINGS.test(name)) problems.push(unknownName(name, [...known.keys()]))
  }
  return { layer: { source: 'env', values, label: (path) => labels.get(path) ?? path }, problems }
}

function readValue(leaf: Leaf, text: string): unknown {
  const type = unwrap(leaf.schema)
  if (type instanceof z.ZodString || type instanceof z.ZodEnum) return text
  return tryParseJson(text) ?? text
}

function unknownName(name: string, known: readonly string[]): string {
  const near = nearNames(name, known)
  return `${name}: no such setting${near.length > 0 ? `; did you mean ${near.join(' or ')}?` : ''}`
}
