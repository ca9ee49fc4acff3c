import { accessSync, constants, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError, describe, systemCode } from '#base/errors'
import { isRecord } from '#base/json'
import { configLeaves } from './leaves.ts'
import type { Layer } from './layers.ts'

/**
 * Reads a configuration file: YAML, of which JSON is a part. The parser is loaded only when there is a
 * file, because most installs have none.
 *
 * @throws AppError `config_unreadable` where the file cannot be read or is not a mapping.
 */
export async function readConfigFile(file: string, required: boolean): Promise<Layer | undefined> {
  const text = readText(file, required)
  return text === undefined ? undefined : parseConfigText(text, file)
}

/** The settings in the text of a configuration `file`. @throws AppError `config_unreadable`. */
export async function parseConfigText(text: string, file: string): Promise<Layer> {
  const { parse } = await import('yaml')
  let tree: unknown
  try {
    tree = parse(text) ?? {}
  } catch (cause) {
    throw unreadable(file, `is not valid YAML (${describe(cause).split('\n')[0] ?? ''})`, cause)
  }
  if (!isRecord(tree)) throw unreadable(file, 'must hold settings, one `name: value` a line')
  const values = new Map<string, unknown>()
  flatten(tree, '', new Set(configLeaves().map((leaf) => leaf.path)), values)
  return { source: 'file', values, label: (path) => `${path} in ${file}` }
}

function readText(file: string, required: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (!required && isAbsent(cause, file)) return undefined
    throw unreadable(file, `cannot be read (${systemCode(cause) ?? describe(cause)})`, cause)
  }
}

/**
 * Whether there is no file to read. A data folder that is none, or that may not be entered, is said to be so
 * when it is opened, which is the better message.
 */
function isAbsent(cause: unknown, file: string): boolean {
  const code = systemCode(cause)
  return code === 'ENOENT' || code === 'ENOTDIR' || (code === 'EACCES' && !canEnter(dirname(file)))
}

function canEnter(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Sections are taken apart so that a file may set one value of a section and leave the rest. */
function flatten(
  tree: Record<string, unknown>,
  prefix: string,
  leaves: ReadonlySet<string>,
  into: Map<string, unknown>,
): void {
  for (const [name, value] of Object.entries(tree)) {
    const path = prefix + name
    if (isRecord(value) && !leaves.has(path)) flatten(value, `${path}.`, leaves, into)
    else into.set(path, value)
  }
}

function unreadable(file: string, what: string, cause?: unknown): AppError {
  return new AppError(
    'invalid_input',
    'config_unreadable',
    `The configuration file ${file} ${what}. Correct it or name another with --config.`,
    { cause },
  )
}
