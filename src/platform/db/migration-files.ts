import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from './database.ts'

/** One step of the schema, in the SQL of one dialect. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  /** Hex SHA-256 of the file it was read from: an applied migration is never edited. */
  readonly sha256: string
}

const FILE_NAME = /^(\d{4})-([\da-z-]+)[.]sql$/

/**
 * The migrations `NNNN-name.sql` of a folder up to number `last`, in the order of their numbers; other
 * files are ignored.
 *
 * SQLite and PostgreSQL read the same file, in which the type of bytes is written `BLOB`. What cannot be
 * said in words of both (rebuilding a table that others refer to) has its PostgreSQL form in
 * `NNNN-name.postgres.sql` beside it.
 */
export function readMigrations(folder: string, dialect: Database['dialect'], last = Infinity): Migration[] {
  const migrations = readdirSync(folder)
    .flatMap((file) => {
      const match = FILE_NAME.exec(file)
      if (match === null || Number(match[1]) > last) return []
      const text = readFileSync(fileOf(join(folder, file), dialect), 'utf8')
      const sha256 = createHash('sha256').update(text).digest('hex')
      const sql = dialect === 'postgres' ? text.replace(/\bBLOB\b/g, 'BYTEA') : text
      return [{ number: Number(match[1]), name: match[2]!, sql, sha256 }]
    })
    .sort((a, b) => a.number - b.number)
  for (const [index, { number }] of migrations.entries()) {
    if (migrations[index - 1]?.number === number)
      throw new Error(`Two migrations in ${folder} have the number ${number}.`)
  }
  return migrations
}

function fileOf(path: string, dialect: Database['dialect']): string {
  const variant = path.replace(/[.]sql$/, '.postgres.sql')
  return dialect === 'postgres' && existsSync(variant) ? variant : path
}

/** `0007`, as in file names. */
export function fourDigits(number: number): string {
  return String(number).padStart(4, '0')
}
