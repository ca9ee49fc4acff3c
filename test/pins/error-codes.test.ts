import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { ERROR_KINDS, type ErrorKind } from '#base/errors'

const ROOT = join(import.meta.dirname, '..', '..')
const THROWN = /new AppError\(\s*([^,]+?),\s*'([^']*)'/g

/** Places whose code is no literal: codes and kinds they can throw. */
const COMPUTED: Record<string, Record<string, string>> = {
  'src/platform/jobs/errors.ts': {
    job_cancelled: 'cancelled',
    job_lease_lost: 'cancelled',
    job_stopping: 'cancelled',
  },
  'src/platform/db/database-errors.ts': {
    database_damaged: 'internal',
    database_busy: 'unavailable',
    data_folder_unusable: 'internal',
    disk_full: 'unavailable',
    database_failed: 'internal',
  },
  // These pass on what a server said or what was caught.
  'src/cli/api-client.ts': {},
  'src/cli/data-folder.ts': {},
  'src/cli/server-errors.ts': {},
  'src/cli/with-hearth.ts': {},
  'src/platform/db/postgres/for-callers.ts': {},
  'src/cli/pull-failure.ts': {},
}

/** Every code in the source, with the kinds it is thrown as. */
function codesInSource(): Map<string, Set<string>> {
  const codes = new Map<string, Set<string>>()
  const note = (code: string, kind: string) => void codes.set(code, (codes.get(code) ?? new Set()).add(kind))
  for (const file of globSync('src/**/*.ts', { cwd: ROOT })) {
    if (file.endsWith('.test.ts')) continue
    const text = readFileSync(join(ROOT, file), 'utf8')
    const found = [...text.matchAll(THROWN)]
    for (const [, kind, code] of found) {
      for (const [, literal] of kind!.matchAll(/'(\w+)'/g)) note(code!, literal!)
    }
    for (const [code, kind] of Object.entries(COMPUTED[file] ?? {})) note(code, kind)
    const all = text.split('new AppError(').length - 1
    const isKnown = found.length === all || file in COMPUTED
    assert.ok(isKnown, `${file} makes an AppError whose code is no literal: name its codes in COMPUTED`)
  }
  return codes
}

/** The rows of `| code | kind | status | … |`. */
function codesInDocument(): Map<string, { kinds: string[]; statuses: number[] }> {
  const rows = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| *`/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
  return new Map(
    rows.map(([, code, kind, status]) => [
      code!.replaceAll('`', ''),
      { kinds: kind!.split(/,\s*/), statuses: status!.split(/,\s*/).map(Number) },
    ]),
  )
}

suite('the codes of errors', () => {
  const source = codesInSource()
  const documented = codesInDocument()

  test('are all in docs/errors.md, and nothing else is', () => {
    assert.ok(source.size > 40, `only ${source.size} codes were found in the source`)
    assert.deepEqual([...documented.keys()].sort(), [...source.keys()].sort())
  })

  test('stand there with their kind and status', () => {
    for (const [code, { kinds, statuses }] of documented) {
      assert.deepEqual(kinds.toSorted(), [...source.get(code)!].sort(), code)
      for (const kind of kinds) assert.ok(kind in ERROR_KINDS, `${code}: ${kind} is no kind`)
      const meant = kinds.map((kind) => ERROR_KINDS[kind as ErrorKind].status)
      assert.deepEqual(statuses.toSorted(), [...new Set(meant)].sort(), code)
    }
  })

  test('are words a program can compare', () => {
    for (const code of source.keys()) assert.match(code, /^[a-z]+(_[a-z0-9]+)*$/)
  })
})

test('the kinds of errors have these statuses', () => {
  const statuses = Object.fromEntries(Object.entries(ERROR_KINDS).map(([kind, { status }]) => [kind, status]))
  assert.deepEqual(statuses, {
    invalid_input: 400,
    unauthenticated: 401,
    forbidden: 403,
    not_found: 404,
    conflict: 409,
    too_large: 413,
    unprocessable: 422,
    expectation_failed: 417,
    misdirected: 421,
    limited: 429,
    cancelled: 499,
    internal: 500,
    upstream: 502,
    unavailable: 503,
    timeout: 504,
    loop: 508,
  })
})
