import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, systemCode } from '#base/errors'
import { formatBytes } from '#base/text'
import { fail, ok, type Finding } from './finding.ts'

const MAGIC = 'SQLite format 3\0'
/** Where the header names the SQLite that wrote the file last. */
const VERSION_AT = 96

/**
 * Whether the database looks like one. Only its header is read: a check that opens the database could
 * change it, and `serve` looks closely anyway.
 */
export function checkDatabaseFile(data: string): Finding {
  const file = join(data, 'hearth.db')
  try {
    const sizeBytes = statSync(file).size
    if (sizeBytes === 0) return ok('database', `${file} is empty; \`hearth serve\` fills it`)
    const header = readHeader(file)
    if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return damaged(file)
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

function damaged(file: string): Finding {
  return fail(
    'database',
    `${file} is no SQLite database, or is damaged.`,
    `Put a backup in its place (the newest ${file}.before-* is one), or move it away to start empty.`,
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
