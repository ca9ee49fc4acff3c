import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAppError } from '#base/errors'
import { grammarSchema } from './grammar-schema.ts'

test('notes are left out and anyOf becomes oneOf', () => {
  const schema = { title: 'x', anyOf: [{ type: 'string', description: 'y' }, { type: 'null' }] }
  assert.deepEqual(grammarSchema(schema, 's'), { oneOf: [{ type: 'string' }, { type: 'null' }] })
})

test('a type list with an object becomes a choice, because grammars would only take the null', () => {
  const schema = { type: ['object', 'null'], properties: { a: { type: 'string' } } }
  const properties = { a: { type: 'string' } }
  assert.deepEqual(grammarSchema(schema, 's'), {
    oneOf: [
      { type: 'object', properties },
      { type: 'null', properties },
    ],
  })
})

test('what a grammar would pass over is refused with its place', () => {
  const refused: [schema: Record<string, unknown>, param: string][] = [
    [{ type: 'string', pattern: 'a+' }, 's.pattern'],
    [{ type: 'object', properties: { a: {} } }, 's.properties.a'],
    [{ type: 'array', items: { type: 'number', minimum: 1 } }, 's.items.minimum'],
    [{ oneOf: [{ type: 'string', format: 'email' }] }, 's.oneOf[0].format'],
    [{ $ref: '#/definitions/a' }, 's.$ref'],
    [{ type: 'object', properties: { a: { $ref: '#/$defs/b' } }, $defs: {} }, 's.properties.a.$ref'],
    [{ type: 'object', additionalProperties: 'yes' }, 's.additionalProperties'],
  ]
  for (const [schema, param] of refused) {
    assert.throws(
      () => grammarSchema(schema, 's'),
      (error) => isAppError(error) && error.code === 'unsupported_json_schema' && error.param === param,
    )
  }
})
