import { DatabaseSync } from 'node:sqlite'

/** How long a connection waits for another process (a backup tool, an offline command) to let go. */
const BUSY_TIMEOUT_MS = 5000

/**
 * A connection with the settings every connection of Hearth has: a write-ahead log that is on disk
 * before a commit returns (`synchronous=FULL`), deleted content overwritten with zeros
 * (`secure_delete`, the product's rule for what was only kept until it was done), foreign keys on.
 */
export function connect(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS })
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA journal_size_limit = 67108864;
    `)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}
