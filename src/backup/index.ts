export { makeBackup, type MadeBackup } from './make-backup.ts'
export { restoreHouse, type RestoredHouse } from './restore-house.ts'
export { openRestoreSource, type RestoreSource } from './restore-source.ts'
