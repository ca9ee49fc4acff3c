import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, systemCode } from '#base/errors'
import { formatBytes } from '#base/text'
import { fail, ok, type Finding } from './finding.ts'

const MAGIC = 'GGUF'

/** Whether each model file, configured or in the models folder, can be read and begins as a GGUF file does. */
export function checkModelFiles(files: readonly string[], folder: string): Finding[] {
  try {
    const inFolder = existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => /^[^.].*[.]gguf$/i.test(name))
          .sort()
          .map((name) => join(folder, name))
      : []
    return [...new Set([...files, ...inFolder])].map(checkModelFile)
  } catch (error) {
    const unreadable = fail(
      'models folder',
      `${folder} cannot be read (${systemCode(error) ?? describe(error)}).`,
      'Correct its owner and mode (0700).',
    )
    return [...files.map(checkModelFile), unreadable]
  }
}

function checkModelFile(file: string): Finding {
  const name = `model ${basename(file)}`
  try {
    const start = readStart(file)
    if (start !== MAGIC)
      return fail(name, `${file} is no GGUF file.`, 'Download it again; only GGUF models can be run here.')
    return ok(name, `${file}, ${formatBytes(statSync(file).size)}`)
  } catch (error) {
    return fail(
      name,
      `${file} cannot be read (${systemCode(error) ?? describe(error)}).`,
      'Correct the path or the rights, or remove it from models.',
    )
  }
}

function readStart(file: string): string {
  const start = Buffer.alloc(MAGIC.length)
  const descriptor = openSync(file, 'r')
  try {
    return start.toString('latin1', 0, readSync(descriptor, start))
  } finally {
    closeSync(descriptor)
  }
}
