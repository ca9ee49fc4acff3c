import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { systemCode } from '#base/errors'
import { formatBytes } from '#base/text'
import { fail, ok, warn, type Finding } from './finding.ts'

const GIB = 1024 ** 3
const LOW_SPACE_BYTES = 5 * GIB
const NO_SPACE_BYTES = 0.5 * GIB

/** The folder itself, the key in it, and the disk under it. */
export async function checkDataFolder(data: string): Promise<Finding[]> {
  return [...checkFolder(data), await checkSpace(data)]
}

function checkFolder(data: string): Finding[] {
  try {
    if (!statSync(data).isDirectory())
      return [fail('data folder', `${data} is no folder.`, 'Name another with --data.')]
    accessSync(data, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    return [systemCode(error) === 'ENOENT' ? checkAbsent(data) : unusable(data, error)]
  }
  const folder = isOpenToOthers(data)
    ? warn('data folder', `${data} is open to other users of this machine.`, `Close it: chmod 700 ${data}`)
    : ok('data folder', `${data}, private and writable`)
  return [folder, ...checkAdminKey(join(data, 'admin.key'))]
}

function checkAbsent(data: string): Finding {
  try {
    accessSync(nearestFolder(data), constants.W_OK | constants.X_OK)
    return ok('data folder', `${data} does not exist yet; \`hearth serve\` makes it`)
  } catch (error) {
    return unusable(data, error)
  }
}

function checkAdminKey(file: string): Finding[] {
  if (!existsSync(file)) return []
  if (!isOpenToOthers(file)) return [ok('admin key', `${file}, private`)]
  return [
    warn(
      'admin key',
      `Other users of this machine may read ${file}.`,
      `Close it: chmod 600 ${file}. If somebody may have read it, make another key and revoke this one.`,
    ),
  ]
}

async function checkSpace(data: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(nearestFolder(data))
  const freeBytes = bavail * bsize
  const free = `${formatBytes(freeBytes)} free`
  const advice = 'Free some space: models take gigabytes, and a full disk stops Hearth from keeping anything.'
  if (freeBytes < NO_SPACE_BYTES) return fail('disk', `Only ${free}.`, advice)
  return freeBytes < LOW_SPACE_BYTES ? warn('disk', `Only ${free}.`, advice) : ok('disk', free)
}

function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path))
}

function isOpenToOthers(path: string): boolean {
  return (statSync(path).mode & 0o077) !== 0
}

function unusable(data: string, error: unknown): Finding {
  return fail(
    'data folder',
    `${data} cannot be used (${systemCode(error) ?? 'unknown error'}).`,
    'Name a folder with --data that the user Hearth runs as can read and write, or correct its owner.',
  )
}
