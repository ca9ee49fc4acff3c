// Writes the files that are made from the source; with --check says which of them are out of date.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { configDocument, configExample, configJsonSchema } from './generators/config-files.ts'
import { errorTable } from './generators/error-table.ts'
import { openApiFile } from './generators/openapi-file.ts'
import { schemaDump } from './generators/schema-dump.ts'

const ROOT = join(import.meta.dirname, '..')
const FILES: Record<string, () => string | Promise<string>> = {
  'docs/openapi.json': openApiFile,
  'docs/config.md': configDocument,
  'docs/config.example.yaml': configExample,
  'docs/config.schema.json': configJsonSchema,
  'docs/errors.md': errorTable,
  'migrations/schema.sqlite.sql': schemaDump,
}

const isCheck = process.argv.includes('--check')
for (const [name, make] of Object.entries(FILES)) {
  const file = join(ROOT, name)
  const wanted = await make()
  if (existsSync(file) && readFileSync(file, 'utf8') === wanted) continue
  if (isCheck) {
    console.error(`${name} is out of date: run \`npm run generate\` and commit it.`)
    process.exitCode = 1
  } else {
    writeFileSync(file, wanted)
    console.log(`wrote ${name}`)
  }
}
