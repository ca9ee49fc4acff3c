// Runs the tests: all of them, or those under the folders and files named as arguments. Those that need
// PostgreSQL share one server, which is started here and ends with this process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { postgresPrograms, PostgresServer } from '../test/harness/postgres-server.ts'

const root = join(import.meta.dirname, '..')
const wanted = process.argv.slice(2)
const patterns = (wanted.length === 0 ? ['src', 'test', 'bench'] : wanted).map((name) =>
  statSync(join(root, name)).isDirectory() ? `${name}/**/*.test.ts` : name,
)
const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).sort()
const needsPostgres = files.some((file) =>
  readFileSync(join(root, file), 'utf8').includes('harness/each-database.ts'),
)
const env = { ...process.env }
let server: PostgresServer | undefined
if (needsPostgres && env.HEARTH_TEST_POSTGRES === undefined) {
  if (postgresPrograms() !== undefined) {
    server = await PostgresServer.start()
    env.HEARTH_TEST_POSTGRES = server.url()
  } else if (env.HEARTH_TEST_REQUIRE_ALL === '1') {
    throw new Error('PostgreSQL is required and not installed: npm run test-tools')
  } else {
    console.log(
      'Left out: the tests on PostgreSQL, which is not installed (as root, `make test` installs it).',
    )
  }
}

const child = spawn(
  process.execPath,
  [
    '--conditions=development',
    '--disable-warning=ExperimentalWarning',
    '--test',
    '--test-timeout=180000',
    '--test-concurrency=2',
    ...files,
  ],
  { cwd: root, env, stdio: 'inherit' },
)
const stop = (signal: NodeJS.Signals): void => void child.kill(signal)
process.on('SIGINT', stop).on('SIGTERM', stop)
const [code] = (await once(child, 'exit')) as [number | null]
await server?.[Symbol.asyncDispose]()
process.exitCode = code ?? 1
