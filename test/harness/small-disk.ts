import { spawnSync } from 'node:child_process'
import { cleanEnvironment, HEARTH_COMMAND, type CommandResult } from './hearth-command.ts'

/** As root a mount namespace is enough; anybody else needs to be root of a user namespace first. */
const UNSHARE = process.getuid?.() === 0 ? ['--mount'] : ['--map-root-user', '--mount']
const MOUNT = 'mount -t tmpfs -o size="$1"k,mode=700 small "$2"'

/** Why no disk of any size can be made on this machine, for the `skip` of a test; false where it can. */
export function noSmallDisk(folder: string): string | false {
  const probe = onDisk(64, folder, ['true'])
  if (probe.status === 0) return false
  const why = `a small disk cannot be made here (${(probe.stderr || String(probe.error)).trim()})`
  if (process.env.HEARTH_TEST_REQUIRE_ALL === '1') throw new Error(why)
  return why
}

/** Runs a command with a folder that is a disk of this size; with what lay there at its end, which is then gone. */
export function hearthOnSmallDisk(
  kib: number,
  folder: string,
  args: readonly string[],
): CommandResult & { left: string[] } {
  const { status, stdout, stderr } = onDisk(kib, folder, [...HEARTH_COMMAND, ...args])
  const [before, left] = stdout.split('--- left:\n')
  return {
    code: status,
    stdout: before!,
    stderr,
    left: (left ?? '').split('\n').filter((name) => name !== ''),
  }
}

function onDisk(kib: number, folder: string, command: readonly string[]) {
  const script = `set -e; ${MOUNT}; folder=$2; shift 2; set +e; "$@"; code=$?; echo "--- left:"; find "$folder" -type f; exit $code`
  const args = [...UNSHARE, 'sh', '-c', script, 'sh', String(kib), folder, ...command]
  return spawnSync('unshare', args, { encoding: 'utf8', env: cleanEnvironment(), timeout: 60_000 })
}
