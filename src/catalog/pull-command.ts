import type { PulledFile } from './model-pull-store.ts'
import { modelId } from './find-model-files.ts'
import { pullTarget } from './pull-source.ts'

/** The words after `hearth models pull` that bring back a file that was downloaded, the very same content. */
export function pullArguments({ file, source, blob_id: blob }: PulledFile): string[] {
  const name = isNamedBySource(source, file) ? [] : ['--name', modelId(file)]
  return [source, ...name, '--sha256', blob.slice(blob.indexOf(':') + 1)]
}

function isNamedBySource(source: string, file: string): boolean {
  try {
    return pullTarget({ source }).file === file
  } catch {
    return false
  }
}
