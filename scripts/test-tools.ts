// What some tests need of the machine beyond npm: installed from Debian as root, otherwise named in one line.
import { spawnSync } from 'node:child_process'

interface Tool {
  /** A command that works where the tool is there. */
  readonly probe: readonly [string, ...string[]]
  readonly packages: readonly string[]
  readonly leftOut: string
}

const TOOLS: readonly Tool[] = [
  { probe: ['ip', '-V'], packages: ['iproute2'], leftOut: 'discovery in network namespaces' },
]

const works = ([command, ...args]: Tool['probe']): boolean => spawnSync(command, args).status === 0
const missing = TOOLS.filter(({ probe }) => !works(probe))
const packages = missing.flatMap((tool) => tool.packages)

if (packages.length > 0 && process.getuid?.() === 0 && works(['apt-get', '--version'])) {
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...packages]]) {
    spawnSync('apt-get', ['--quiet', '--quiet', ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
  }
}
for (const { probe, packages: names, leftOut } of missing.filter((tool) => !works(tool.probe)))
  console.log(`Left out: ${leftOut} (${probe[0]} is missing; apt-get install ${names.join(' ')})`)
