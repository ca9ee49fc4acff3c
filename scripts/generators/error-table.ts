import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_KINDS, type ErrorKind } from '#base/errors'
import { PACKAGE_ROOT } from '#platform/process/index'

interface Entry {
  readonly kind: ErrorKind
  readonly code: string
  readonly message: string
  readonly file: string
}

const THROWN =
  /new AppError\(\s*'(\w+)',\s*'(\w+)',\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)?/g

/** Every code that Hearth can answer with, read from the places that throw it. */
export function errorEntries(): Entry[] {
  const files = globSync('src/**/*.ts', { cwd: PACKAGE_ROOT }).filter((file) => !file.endsWith('.test.ts'))
  const entries = files.flatMap((file) => {
    const source = readFileSync(join(PACKAGE_ROOT, file), 'utf8')
    return [...source.matchAll(THROWN)].map((match) => ({
      kind: match[1] as ErrorKind,
      code: match[2]!,
      message: (match[3] ?? match[4] ?? match[5] ?? '')
        .replace(/\$\{[^}]*(\{[^}]*\}[^}]*)*\}/g, '…')
        .replace(/\\(.)/g, '$1'),
      file,
    }))
  })
  return entries.sort((a, b) => (a.code < b.code ? -1 : a.code > b.code ? 1 : a.file < b.file ? -1 : 1))
}

/** docs/errors.md. */
export function errorTable(): string {
  const byCode = new Map<string, Entry[]>()
  for (const entry of errorEntries()) byCode.set(entry.code, [...(byCode.get(entry.code) ?? []), entry])
  const rows = [...byCode].map(([code, entries]) => {
    const kinds = [...new Set(entries.map(({ kind }) => kind))]
    const statuses = kinds.map((kind) => String(ERROR_KINDS[kind].status))
    const message = (entries.find((entry) => entry.message !== '')?.message ?? '')
      .replaceAll('|', '\\|')
      .replace(/\s+/g, ' ')
    return `| \`${code}\` | ${kinds.join(', ')} | ${statuses.join(', ')} | ${message} |`
  })
  return `# Errors

Made from the source by \`npm run generate\`. A message says what happened and what to do; \`…\` stands for a value.

On \`/v1/*\` an error is OpenAI's \`{"error": {"message", "type", "param", "code"}}\`, on \`/v1/messages\` Anthropic's
\`{"type": "error", "error": {"type", "message", "details": {"error_code"}}, "request_id"}\`, elsewhere
\`{"error": {"code", "message", "type", "details", "correlation_id"}}\`. A host's own error on \`/v1/*\` keeps the host's
status and body (on \`/v1/messages\` its words in Anthropic's form). In a stream that has begun, an error is an event: before
\`[DONE]\` where the stream has one, else as \`event: error\`.

| Code | Kind | Status | Message |
|---|---|---|---|
${rows.join('\n')}
`
}
