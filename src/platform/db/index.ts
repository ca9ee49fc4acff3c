export { findDamage } from './check-file.ts'
export {
  expectChanges,
  type Database,
  type DatabaseStats,
  type GuardedStatement,
  type Query,
  type WriteResult,
  type WriteResults,
  type WriteStatement,
} from './database.ts'
export { refusedEntry } from './database-errors.ts'
export { dumpSchema } from './dump-schema.ts'
export { openSqlite, type SqliteOptions } from './open-sqlite.ts'
