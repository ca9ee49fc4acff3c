import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { systemCode } from '#base/errors'
import { dataFolderUnusable } from '#platform/process/index'

/** The part that holds all tables. */
export const DATABASE_PART = 'database'

/** Files of the data folder that are parts of a backup, where they are there. */
export const FILE_PARTS = ['admin.key', 'config.yaml'] as const
export type FilePart = (typeof FILE_PARTS)[number]

/** Those of them that a data folder has. @throws AppError `data_folder_unusable`. */
export function readFileParts(data: string): Map<FilePart, Buffer> {
  const files = new Map<FilePart, Buffer>()
  for (const name of FILE_PARTS) {
    try {
      files.set(name, readFileSync(join(data, name)))
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw dataFolderUnusable(data, error)
    }
  }
  return files
}
