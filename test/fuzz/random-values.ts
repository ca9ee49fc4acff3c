import type { Random } from './random.ts'

/** As much of JSON Schema as the document uses. */
export interface Schema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
}

const TEXTS = [
  '',
  ' ',
  'm1',
  'x',
  '0',
  'null',
  'true',
  '-1',
  '1e999',
  '__proto__',
  'constructor',
  'toString',
  '..',
  '../../etc/passwd',
  '\u0000',
  '\ud800',
  '\ufeff',
  'é',
  '🌍',
  '\u202e',
  '\n',
  '\r\n\r\n',
  '%00',
  '%ff',
  '{}',
  '[DONE]',
  'data: [DONE]\n\n',
  "'; DROP TABLE keys; --",
  '<script>alert(1)</script>',
  '${7*7}',
  'a'.repeat(1_000),
  '😀'.repeat(3_000),
]
const NUMBERS = [0, -0, 1, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 255, 65_536]
const ATOMS = [null, true, false, ...NUMBERS, ...TEXTS]
const MOST_DEPTH = 4

/** Any JSON value. */
export function anyValue(random: Random, depth = 0): unknown {
  if (depth >= MOST_DEPTH || random.chance(0.6)) return random.pick(ATOMS)
  const size = random.below(4)
  if (random.chance(0.5)) return Array.from({ length: size }, () => anyValue(random, depth + 1))
  return Object.fromEntries(
    Array.from({ length: size }, () => [random.pick(TEXTS), anyValue(random, depth + 1)]),
  )
}

/** A value that mostly fits the schema. `wrongness` is how likely each part is something else or missing. */
export function valueFor(schema: Schema, random: Random, wrongness: number, depth = 0): unknown {
  if (random.chance(wrongness) || depth > MOST_DEPTH) return anyValue(random, depth)
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return random.pick(schema.enum)
  if (schema.anyOf !== undefined) return valueFor(random.pick(schema.anyOf), random, wrongness, depth + 1)
  switch (schema.type) {
    case 'string':
      return random.pick(TEXTS)
    case 'integer':
    case 'number':
      return random.pick(NUMBERS)
    case 'boolean':
      return random.chance(0.5)
    case 'null':
      return null
    case 'array':
      return Array.from({ length: random.below(4) }, () =>
        valueFor(schema.items ?? {}, random, wrongness, depth + 1),
      )
    case 'object':
      return objectFor(schema, random, wrongness, depth)
    default:
      return anyValue(random, depth)
  }
}

function objectFor(
  schema: Schema,
  random: Random,
  wrongness: number,
  depth: number,
): Record<string, unknown> {
  const entries = Object.entries(schema.properties ?? {})
    .filter(() => !random.chance(wrongness))
    .map(([name, property]): [string, unknown] => [name, valueFor(property, random, wrongness, depth + 1)])
  if (random.chance(wrongness)) entries.push([random.pick(TEXTS), anyValue(random, depth + 1)])
  return Object.fromEntries(entries)
}

export function anyText(random: Random): string {
  return random.pick(TEXTS)
}
