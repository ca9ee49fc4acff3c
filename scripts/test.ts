// Runs the tests: all of them, or those under the folders and files named as arguments.
import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const wanted = process.argv.slice(2)
const patterns = (wanted.length === 0 ? ['src', 'test', 'bench'] : wanted).map((name) =>
  statSync(join(root, name)).isDirectory() ? `${name}/**/*.test.ts` : name,
)
const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()
const result = spawnSync(
  process.execPath,
  [
    '--conditions=development',
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-timeout=180000',
    '--test-concurrency=2',
    ...files,
  ],
  { cwd: root, stdio: 'inherit' },
)
process.exitCode = result.status ?? 1
