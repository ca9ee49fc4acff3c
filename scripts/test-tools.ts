// Programs that some tests start for themselves: installed from Debian where this is root, otherwise named in one
// line. HEARTH_TEST_REQUIRE_ALL=1 makes a missing one an error. None of them becomes a service.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { postgresPrograms } from '../test/harness/postgres-server.ts'

interface Tool {
  readonly isThere: () => boolean
  readonly package: string
  readonly prepare?: () => void
  readonly leftOut: string
}

const NO_CLUSTER = '/etc/postgresql-common/createcluster.conf'

const TOOLS: readonly Tool[] = [
  {
    isThere: () => runs('ip', '-V'),
    package: 'iproute2',
    leftOut: 'discovery in network namespaces',
  },
  {
    isThere: () => postgresPrograms() !== undefined,
    package: 'postgresql',
    // The package would start a server of its own.
    prepare: () => {
      if (existsSync(NO_CLUSTER)) return
      mkdirSync('/etc/postgresql-common', { recursive: true })
      writeFileSync(NO_CLUSTER, 'create_main_cluster = false\n')
    },
    leftOut: 'everything on PostgreSQL',
  },
]

const missing = TOOLS.filter(({ isThere }) => !isThere())
if (missing.length > 0 && process.getuid?.() === 0 && runs('apt-get', '--version')) {
  const packages = missing.map((tool) => tool.package)
  console.log(`Installing ${packages.join(' and ')} for the tests…`)
  for (const tool of missing) tool.prepare?.()
  // A machine whose package lists are fresh needs no update.
  if (!apt('install', '--yes', '--no-install-recommends', ...packages)) {
    apt('update')
    apt('install', '--yes', '--no-install-recommends', ...packages)
  }
}
for (const tool of missing.filter(({ isThere }) => !isThere())) {
  console.log(`Left out: ${tool.leftOut} (as root on Debian: apt-get install ${tool.package})`)
  if (process.env.HEARTH_TEST_REQUIRE_ALL === '1') process.exitCode = 1
}

function runs(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0
}

function apt(...args: string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
}
