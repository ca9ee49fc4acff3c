import { spawn, spawnSync, type ChildProcess } from 'node:child_process'

/** As root a network namespace is enough; anybody else needs to be root of a user namespace first. */
const UNSHARE = process.getuid?.() === 0 ? ['--net'] : ['--map-root-user', '--net']

/**
 * Why tests that need networks of their own must be left out on this machine, for the `skip` of a test; false where
 * they can run. Where nothing may be left out (`HEARTH_TEST_REQUIRE_ALL=1`) it fails instead.
 */
export function noNamespaces(): string | false {
  const probe = spawnSync('unshare', [...UNSHARE, 'ip', 'link', 'show', 'lo'], { encoding: 'utf8' })
  if (probe.status === 0) return false
  const why = `network namespaces cannot be made here (${(probe.stderr || String(probe.error)).trim()}); this needs iproute2 and root, or user namespaces`
  if (process.env.HEARTH_TEST_REQUIRE_ALL === '1') throw new Error(why)
  return why
}

/** Runs a script in a network namespace of its own; the channel of `process.send` leads into it. */
export function spawnInNamespace(script: string, options: { nested?: boolean } = {}): ChildProcess {
  const flags = options.nested === true ? ['--net'] : UNSHARE
  const node = [process.execPath, '--conditions=development', '--disable-warning=ExperimentalWarning', script]
  const child = spawn('unshare', [...flags, ...node], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  // Nothing that a test starts outlives it, however it ends.
  process.once('exit', () => child.kill('SIGKILL'))
  return child
}

/** Runs `ip` with these words; fails with what it says. */
export function ip(words: string): void {
  const { status, stderr } = spawnSync('ip', words.split(' '), { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${words}: ${stderr}`)
}
