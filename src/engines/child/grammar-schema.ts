import { isRecord } from '#base/json'
import { unsupportedJsonSchema } from '../errors.ts'

/**
 * What the grammars of node-llama-cpp can enforce. They pass over all else in silence, so a schema
 * that needs more is refused rather than half obeyed.
 */
const ENFORCED = new Set([
  'type',
  'const',
  'enum',
  'oneOf',
  'properties',
  'required',
  'additionalProperties',
  'minProperties',
  'maxProperties',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'format',
  '$ref',
  '$defs',
])

/** Keywords that only describe. */
const NOTES = new Set([
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  '$schema',
  '$id',
  '$comment',
])

const FORMATS = ['date-time', 'time', 'date']

type Schema = Readonly<Record<string, unknown>>

/** The schema in the words of the grammar; throws `unsupported_json_schema` naming the place. */
export function grammarSchema(schema: Schema, path: string): Schema {
  const definitions = schema['$defs'] === undefined ? {} : record(schema['$defs'], `${path}.$defs`)
  return translate(schema, path, new Set(Object.keys(definitions)))
}

function translate(raw: Schema, path: string, definitions: ReadonlySet<string>): Schema {
  const schema = alternatives(raw, path)
  const result = Object.entries(schema)
    .filter(([keyword]) => !NOTES.has(keyword))
    .map(([keyword, value]) => {
      const at = `${path}.${keyword}`
      if (!ENFORCED.has(keyword)) throw unsupportedJsonSchema(at, `it cannot enforce "${keyword}"`)
      return [keyword, keywordValue(keyword, value, at, definitions)] as const
    })
  if (!['type', 'const', 'enum', 'oneOf', '$ref'].some((keyword) => keyword in schema)) {
    throw unsupportedJsonSchema(path, 'every value needs a type, const, enum, oneOf, anyOf or $ref')
  }
  return Object.fromEntries(result)
}

/** `anyOf`, and a list of types with an object or a list among them, as the `oneOf` grammars know. */
function alternatives(schema: Schema, path: string): Schema {
  const { anyOf, type, ...rest } = schema
  if (anyOf !== undefined) {
    if ('oneOf' in schema) throw unsupportedJsonSchema(path, 'anyOf and oneOf exclude each other')
    return { ...rest, ...(type !== undefined && { type }), oneOf: anyOf }
  }
  if (!Array.isArray(type) || !type.some((one) => one === 'object' || one === 'array')) return schema
  const { $defs, ...constraints } = rest
  return {
    ...($defs !== undefined && { $defs }),
    oneOf: type.map((one: unknown) => ({ ...constraints, type: one })),
  }
}

function keywordValue(
  keyword: string,
  value: unknown,
  at: string,
  definitions: ReadonlySet<string>,
): unknown {
  const subschema = (entry: unknown, place: string): Schema =>
    translate(record(entry, place), place, definitions)
  switch (keyword) {
    case 'items':
      return subschema(value, at)
    case 'additionalProperties':
      return typeof value === 'boolean' ? value : subschema(value, at)
    case 'oneOf':
    case 'prefixItems':
      return list(value, at).map((entry, index) => subschema(entry, `${at}[${String(index)}]`))
    case 'properties':
    case '$defs':
      return Object.fromEntries(
        Object.entries(record(value, at)).map(([name, entry]) => [name, subschema(entry, `${at}.${name}`)]),
      )
    case '$ref':
      return reference(value, at, definitions)
    case 'format':
      if (typeof value === 'string' && FORMATS.includes(value)) return value
      throw unsupportedJsonSchema(at, `of formats it can only enforce ${FORMATS.join(', ')}`)
    default:
      return value
  }
}

function reference(value: unknown, at: string, definitions: ReadonlySet<string>): unknown {
  const name = typeof value === 'string' ? /^#\/\$defs\/([^/]+)$/.exec(value)?.[1] : undefined
  if (name !== undefined && definitions.has(name)) return value
  throw unsupportedJsonSchema(at, 'a reference must name an entry of the $defs at the top')
}

function record(value: unknown, at: string): Schema {
  if (isRecord(value)) return value
  throw unsupportedJsonSchema(at, 'it must be an object')
}

function list(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw unsupportedJsonSchema(at, 'it must be a list')
}
