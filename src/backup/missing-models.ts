import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pullArguments, type PulledFile } from '#catalog/index'
import type { Manifest } from '#platform/backup/index'

/** A model file that the copied Hearth had and this one has not. */
export interface MissingModel {
  readonly path: string
  /** Null where only its name is known. */
  readonly sizeBytes: number | null
  /** What follows `hearth models pull` to get it; null for a file that somebody has to put there. */
  readonly pull: readonly string[] | null
}

export function missingModels(
  manifest: Manifest | undefined,
  pulled: readonly PulledFile[],
  data: string,
): MissingModel[] {
  const folder = join(data, 'models')
  const sources = new Map(pulled.map((row) => [row.file, row]))
  const had =
    manifest?.model_files ?? pulled.map(({ file }) => ({ path: file, size_bytes: null, managed: true }))
  return had.flatMap(({ path, size_bytes: sizeBytes, managed }) => {
    const here = managed ? join(folder, basename(path)) : path
    if (existsSync(here)) return []
    const source = managed ? sources.get(basename(path)) : undefined
    return [{ path: here, sizeBytes, pull: source === undefined ? null : pullArguments(source) }]
  })
}
