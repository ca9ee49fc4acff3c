import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { postgresSchemaOn } from '../../scripts/generators/postgres-schema-dump.ts'
import { newPostgresUrl, withoutPostgres } from '../harness/each-database.ts'

const FILE = join(import.meta.dirname, '../../migrations/schema.postgres.sql')

test(
  'migrations/schema.postgres.sql is what the migrations make',
  { skip: withoutPostgres() ?? false },
  async () => {
    const url = await newPostgresUrl()
    assert.equal(await postgresSchemaOn(url), readFileSync(FILE, 'utf8'))
  },
)
