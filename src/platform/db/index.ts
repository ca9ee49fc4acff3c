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
export { openDatabase } from './open-database.ts'
export { openSqlite, type SqliteOptions } from './open-sqlite.ts'
export { readDumpFile, writeDumpFile } from './tables/dump-file.ts'
export { dumpTables, summarizeTables, type TableSummary } from './tables/dump-tables.ts'
export { fillDatabase, openTableSource, placeName, type DatabasePlace } from './tables/open-tables.ts'
