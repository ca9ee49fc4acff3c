import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, isAppError, systemCode } from '#base/errors'
import { formatBytes } from '#base/text'
import { fail, ok, warn, type Finding } from './finding.ts'

const MAGIC = 'SQLite format 3\0'
const COPY = /^hearth[.]db[.]damaged-[\da-f]+$/
/** Where the header names the SQLite that wrote the file last. */
const VERSION_AT = 96

/** Whether the database is whole, as far as a Hearth that uses it lets itself be looked at, and copies of damaged ones. */
export async function checkDatabaseFile(data: string): Promise<Finding[]> {
  const file = join(data, 'hearth.db')
  const header = await checkHeader(file)
  return [header.level === 'ok' ? await checkPages(data, file, header) : header, ...checkDamagedCopies(data)]
}

async function checkPages(data: string, file: string, header: Finding): Promise<Finding> {
  if (!existsSync(file)) return header
  const { findDatabaseDamage } = await import('#offline')
  try {
    const damage = findDatabaseDamage(data)
    return damage === undefined
      ? ok('database', `${header.message}, whole`)
      : await damaged(file, ` (${damage.replace(/\s+/g, ' ')})`)
  } catch (error) {
    // Who may not take the lock is told so by another check.
    if (!isAppError(error)) throw error
    return ok('database', `${header.message}; it is in use, so only its beginning was read`)
  }
}

/** `serve` keeps a copy of a database that it refuses; somebody may have meant to rescue it. */
function checkDamagedCopies(data: string): Finding[] {
  const copies = existsSync(data) ? readdirSync(data).filter((name) => COPY.test(name)) : []
  if (copies.length === 0) return []
  const sizeBytes = copies.reduce((sum, name) => sum + statSync(join(data, name)).size, 0)
  return [
    warn(
      'damaged copies',
      `${data} holds ${String(copies.length)} ${copies.length === 1 ? 'copy' : 'copies'} of a damaged database (${copies.join(', ')}; ${formatBytes(sizeBytes)}).`,
      'Rescue what can be read (sqlite3 FILE .recover), then delete them.',
    ),
  ]
}

async function checkHeader(file: string): Promise<Finding> {
  try {
    const sizeBytes = statSync(file).size
    if (sizeBytes === 0) return ok('database', `${file} is empty; \`hearth serve\` fills it`)
    const header = readHeader(file)
    if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return await damaged(file)
    return ok(
      'database',
      `${file}, ${formatBytes(sizeBytes)}, written by SQLite ${versionText(header.readUInt32BE(VERSION_AT))}`,
    )
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return ok('database', 'there is none yet; `hearth serve` makes it')
    return fail(
      'database',
      `${file} cannot be read (${systemCode(error) ?? describe(error)}).`,
      'Correct its owner and mode (0600).',
    )
  }
}

async function damaged(file: string, how = ''): Promise<Finding> {
  const { wayBack } = await import('#offline')
  return fail(
    'database',
    `${file} is no SQLite database, or is damaged${how}.`,
    `${wayBack(file)}, or move it away to start empty.`,
  )
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(100)
  const descriptor = openSync(file, 'r')
  try {
    readSync(descriptor, header)
  } finally {
    closeSync(descriptor)
  }
  return header
}

/** 3050004 is 3.50.4. */
function versionText(number: number): string {
  return [Math.floor(number / 1_000_000), Math.floor(number / 1000) % 1000, number % 1000].join('.')
}
