// Writes the files that are made from the source; with --check says which of them are out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configDocument, configExample, configJsonSchema } from './generators/config-files.ts'
import { errorTable } from './generators/error-table.ts'
import { openApiFile } from './generators/openapi-file.ts'
import { postgresSchemaDump, postgresSchemaMark } from './generators/postgres-schema-dump.ts'
import { schemaDump } from './generators/schema-dump.ts'

const ROOT = join(import.meta.dirname, '..')
const FILES: Record<string, () => string | undefined | Promise<string | undefined>> = {
  'docs/openapi.json': openApiFile,
  'docs/config.md': configDocument,
  'docs/config.example.yaml': configExample,
  'docs/config.schema.json': configJsonSchema,
  'docs/errors.md': errorTable,
  'migrations/schema.sqlite.sql': schemaDump,
}

const isCheck = process.argv.includes('--check')
const POSTGRES_SCHEMA = 'migrations/schema.postgres.sql'
const isMade =
  existsSync(join(ROOT, POSTGRES_SCHEMA)) &&
  readFileSync(join(ROOT, POSTGRES_SCHEMA), 'utf8').startsWith(postgresSchemaMark())
// Making it takes a server, which not every machine has: whether it is up to date is seen in its first line,
// and a test compares the rest.
if (!isCheck) FILES[POSTGRES_SCHEMA] = postgresSchemaDump
else if (!isMade) {
  console.error(`${POSTGRES_SCHEMA} is out of date: run \`npm run generate\` where PostgreSQL is installed.`)
  process.exitCode = 1
}
for (const [name, make] of Object.entries(FILES)) {
  const file = join(ROOT, name)
  const wanted = await make()
  if (wanted === undefined) {
    console.log(`${name} was left as it is: PostgreSQL is not installed here.`)
    continue
  }
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue
  if (isCheck) {
    console.error(`${name} is out of date: run \`npm run generate\` and commit it.`)
    process.exitCode = 1
  } else {
    writeFileSync(file, wanted)
    console.log(`wrote ${name}`)
  }
}
