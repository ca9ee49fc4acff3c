export { findDamage, wayBack } from './check-file.ts'
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
export { readMigrations } from './migration-files.ts'
export { holdDatabase } from './hold-database.ts'
export { openDatabase } from './open-database.ts'
export { openSqlite, type SqliteOptions } from './open-sqlite.ts'
export { readDumpFile, writeDumpFile } from './tables/dump-file.ts'
export { dumpTables, summarizeTables, type TableSummary } from './tables/dump-tables.ts'
export type { StagedSchema } from './postgres/staged-schema.ts'
export { stageDatabase, stagedIdOf } from './staged-database.ts'
export {
  fillDatabase,
  filledTable,
  openTableSource,
  placeName,
  type DatabasePlace,
} from './tables/open-tables.ts'
export type { TableSource } from './tables/table-source.ts'
