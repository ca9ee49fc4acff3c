import { stringify } from 'yaml'
import { z } from 'zod'
import { configLeaves, configSchema, unwrap } from '#config/index'

const DEFAULTS = configSchema.parse({ data: '~/.local/share/hearth' })

function defaultOf(path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], DEFAULTS)
}

/** What a setting may be, where that is a short list. */
function allowed(schema: z.ZodType): string {
  const type = unwrap(schema)
  return type instanceof z.ZodEnum
    ? ` One of ${type.options.map((option) => `\`${option}\``).join(', ')}.`
    : ''
}

/** docs/config.md: one row a setting. */
export function configDocument(): string {
  const rows = configLeaves().map(({ path, env, schema, description }) => {
    const value = defaultOf(path)
    return `| \`${path}\` | \`${env}\` | ${value === undefined ? '' : `\`${JSON.stringify(value)}\``} | ${description.replaceAll('|', '\\|')}${allowed(schema)} |`
  })
  return `# Configuration

Made from \`src/config/schema.ts\` by \`npm run generate\`. A flag wins over the environment, the environment over
what was stored live (\`hearth options set\`, [how](how-to/options.md)), that over the file, the file over the default. The file is YAML: \`config.yaml\` in the data folder, or \`--config FILE\`
([an example](config.example.yaml), [a JSON Schema](config.schema.json)). In the environment, arrays are JSON. Every
problem is reported at once, and a name that is no setting is an error. \`hearth config check\` and
\`hearth config print\` show what Hearth makes of it.

| Setting | Environment | Default | What it is |
|---|---|---|---|
${rows.join('\n')}

A host is \`{url, name, key_file | key_env | key, slots, capabilities}\`, where capabilities says what Hearth cannot
learn from the host, by model or \`*\`: \`{"*": {tools: true, logprobs: false, context_window: 8192}}\`. A listener is \`{address, kind, base_path}\`.

\`LOG_LEVEL\`, \`API_PORT\` and \`DATABASE_URL\` work too. \`HEARTH_URL\` and \`HEARTH_KEY\` tell the command line which server to call and with
which key; \`HEARTH_CONFIG\` names the configuration file.

Flags of \`hearth serve\`: \`--listen HOST:PORT\` (repeatable), \`--data DIR\`, \`--config FILE\`, \`--model FILE.gguf\`
(repeatable), \`--database-url URL\`, \`--host-url URL\` and \`--host-key-file FILE\` (repeatable; a key file belongs to the URL before it),
\`--log-level LEVEL\`.
`
}

/** docs/config.example.yaml: every setting with its default, commented out. */
export function configExample(): string {
  const lines = configLeaves().flatMap(({ path, description }) => {
    const [section, name] = path.includes('.') ? path.split('.') : [undefined, path]
    const value = defaultOf(path)
    const text = value === undefined ? '' : ` ${stringify(value, { collectionStyle: 'flow' }).trimEnd()}`
    const indent = section === undefined ? '' : '  '
    return [{ section, lines: [`${indent}# ${description}`, `${indent}# ${name}:${text}`] }]
  })
  let last: string | undefined
  const out = ['# Every setting with its default. Take the # away from what you change.', '']
  for (const { section, lines: text } of lines) {
    if (section !== undefined && section !== last) out.push(`# ${section}:`)
    last = section
    out.push(...text, '')
  }
  return `${out.join('\n').trimEnd()}\n`
}

/** docs/config.schema.json: for editors that complete and check the file. */
export function configJsonSchema(): string {
  const schema = z.toJSONSchema(configSchema.partial({ data: true }), { io: 'input', unrepresentable: 'any' })
  return `${JSON.stringify({ title: 'Hearth configuration', ...schema }, null, 2)}\n`
}
