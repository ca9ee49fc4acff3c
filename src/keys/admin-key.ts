import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, systemCode } from '#base/errors'
import type { Keys } from './keys.ts'
import { newSecret } from './secrets.ts'

/** Where the first key lies: one line, readable by its owner only. */
export function adminKeyFile(dataDir: string): string {
  return join(dataDir, 'admin.key')
}

/**
 * Makes sure that somebody can administer this Hearth: the key in `admin.key` works. On the first start it
 * is made. A file that is missing later is not made again while an admin key exists: its owner may have
 * moved it to a safer place.
 */
export async function ensureAdminKey(keys: Keys, dataDir: string): Promise<void> {
  const file = adminKeyFile(dataDir)
  const existing = readAdminKey(file)
  if (existing !== undefined && keys.actorOf(existing) !== undefined) return
  if (keys.hasAdmin()) return
  // A key that was revoked never comes back to life.
  const isGood = existing !== undefined && !keys.isRevoked(existing)
  const secret = isGood ? existing : newSecret()
  if (!isGood) writePrivately(file, `${secret}\n`)
  await keys.add({ name: 'admin', scope: 'admin', kind: 'person' }, secret, null)
}

/** The key in the file, or undefined where there is none. */
export function readAdminKey(file: string): string | undefined {
  try {
    const line = readFileSync(file, 'utf8').split('\n', 1)[0]!.trim()
    if (/^[\w-]{20,200}$/.test(line)) return line
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return undefined
    throw new AppError(
      'forbidden',
      'admin_key_unreadable',
      `${file} cannot be read (${systemCode(cause) ?? 'unknown error'}). Correct its owner and mode (0600).`,
      { cause },
    )
  }
  throw new AppError(
    'conflict',
    'admin_key_damaged',
    `${file} does not hold a key in one line. Restore it, or move it away: Hearth makes a new one if no admin key is left.`,
  )
}

function writePrivately(file: string, text: string): void {
  const temporary = `${file}.new`
  const fd = openSync(temporary, 'w', 0o600)
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temporary, file)
}
