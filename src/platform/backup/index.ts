export { backupNewer } from './backup-errors.ts'
export type { Manifest, PartSummary } from './backup-format.ts'
export {
  discardRestore,
  makeStagingFolder,
  settleRestore,
  writeJournal,
  type OnStep,
} from './restore-journal.ts'
export { linesOfPart, verifyBackup } from './verify-backup.ts'
export { writeBackupFile } from './write-backup-file.ts'
