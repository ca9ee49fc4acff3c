import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { ensureSelftestModel } from '#selftest/index'
import { FileServer, type FileServerOptions } from '../contracts/file-server.ts'
import { tempFolder } from '../contracts/temp-folder.ts'
import { until } from '../harness/until.ts'

/** A small model that runs. */
export const MODEL = await readModel()

async function readModel(): Promise<Buffer> {
  const path = join(tempFolder(), 'tiny.gguf')
  await ensureSelftestModel(path)
  return readFileSync(path)
}

const WHOLE = { body: MODEL, etag: '"1"' }

/** A server of the model under any address that ends in `.gguf`. */
export async function serveModel(
  t: TestContext,
  options: Partial<FileServerOptions> = {},
): Promise<FileServer> {
  const files = new FileServer({ ...WHOLE, ...options })
  await files.start(t)
  return files
}

/** Lets all requests have the whole file from now on, and breaks those that wait. */
export function goOn(files: FileServer): void {
  files.options = WHOLE
  files.cut()
}

/** Resolves once so many bytes of a download are on disk. */
export async function untilArrived(data: string, bytes: number): Promise<void> {
  await until('a part of the model to be on disk', () =>
    filesIn(data, 'blobs').some((file) => statSync(file).size >= bytes),
  )
}

/** Paths of all files in a folder of a data folder, and in its folders. */
export function filesIn(data: string, folder: string): string[] {
  return globSync(join(data, folder, '**'), { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
}
