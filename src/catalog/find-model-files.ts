import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemCode } from '#base/errors'

/** A model on disk: one file, or the parts of one that was split. */
export interface FoundModel {
  readonly id: string
  /** What an engine opens: the file, or its first part. */
  readonly path: string
  /** All files of the model, the first one included. */
  readonly paths: readonly string[]
  readonly sizeBytes: number
  readonly modifiedAt: number
  /** Whether it lies in the models folder. */
  readonly managed: boolean
  /** Changes whenever the files may have. */
  readonly version: string
}

const PART = /^(.+)-(\d{5})-of-(\d{5})[.]gguf$/i

/**
 * The GGUF files of the models folder and those named one by one, each under its file name without
 * `.gguf`. Where a name is taken already, `-2` is added, `-3` and so on. Later parts of a split model
 * belong to its first one; a named file that is not there is left out and told to `onMissing`.
 */
export async function findModelFiles(
  folder: string,
  named: readonly string[],
  onMissing: (path: string, error: unknown) => void,
): Promise<FoundModel[]> {
  const inFolder = (await listFolder(folder)).filter(isFirstFile).map((name) => join(folder, name))
  const others = named.filter((path) => !inFolder.includes(path))
  const found: FoundModel[] = []
  const taken = new Set<string>()
  for (const path of [...inFolder, ...others]) {
    try {
      const files = await statAll(await partsOf(path))
      found.push({
        id: freeName(modelId(path), taken),
        path,
        paths: files.map((file) => file.path),
        sizeBytes: files.reduce((sum, file) => sum + file.sizeBytes, 0),
        modifiedAt: Math.max(...files.map((file) => file.modifiedAt)),
        managed: dirname(path) === folder,
        version: files.map((file) => file.version).join(' '),
      })
    } catch (error) {
      onMissing(path, error)
    }
  }
  return found
}

/** The name a model has by its file: without `.gguf` and the number of its part. */
export function modelId(path: string): string {
  const file = basename(path)
  return PART.exec(file)?.[1] ?? file.replace(/[.]gguf$/i, '')
}

function isFirstFile(name: string): boolean {
  const part = PART.exec(name)
  return /[.]gguf$/i.test(name) && !name.startsWith('.') && (part === null || Number(part[2]) === 1)
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return []
    throw error
  }
}

async function partsOf(path: string): Promise<string[]> {
  const part = PART.exec(basename(path))
  if (part === null) return [path]
  const prefix = `${part[1]!}-`
  const suffix = `-of-${part[3]!}.gguf`
  const names = await readdir(dirname(path))
  return names
    .filter((name) => name.startsWith(prefix) && name.endsWith(suffix) && PART.test(name))
    .sort()
    .map((name) => join(dirname(path), name))
}

async function statAll(paths: readonly string[]) {
  return Promise.all(
    paths.map(async (path) => {
      const facts = await stat(path)
      // Opening a pipe waits for somebody to write into it, which may be never.
      if (!facts.isFile()) throw new Error('it is no regular file')
      const { size, mtimeMs, ino } = facts
      return { path, sizeBytes: size, modifiedAt: Math.round(mtimeMs), version: `${ino}:${size}:${mtimeMs}` }
    }),
  )
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted
  for (let number = 2; taken.has(name); number++) name = `${wanted}-${number}`
  taken.add(name)
  return name
}
