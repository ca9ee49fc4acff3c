import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One step of the schema: plain SQL that SQLite and PostgreSQL both take. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  /** Hex SHA-256 of the file: an applied migration is never edited. */
  readonly sha256: string
}

const FILE_NAME = /^(\d{4})-([\da-z-]+)[.]sql$/

/** The migrations `NNNN-name.sql` of a folder in the order of their numbers; other files are ignored. */
export function readMigrations(folder: string): Migration[] {
  const migrations = readdirSync(folder)
    .flatMap((file) => {
      const match = FILE_NAME.exec(file)
      if (match === null) return []
      const sql = readFileSync(join(folder, file), 'utf8')
      const sha256 = createHash('sha256').update(sql).digest('hex')
      return [{ number: Number(match[1]), name: match[2]!, sql, sha256 }]
    })
    .sort((a, b) => a.number - b.number)
  for (const [index, { number }] of migrations.entries()) {
    if (migrations[index - 1]?.number === number)
      throw new Error(`Two migrations in ${folder} have the number ${number}.`)
  }
  return migrations
}

/** `0007`, as in file names. */
export function fourDigits(number: number): string {
  return String(number).padStart(4, '0')
}
