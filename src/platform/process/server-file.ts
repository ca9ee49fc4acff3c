import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRecord, tryParseJson } from '#base/json'

/** What a running Hearth tells the command line: where it answers. */
export interface ServerFile {
  readonly pid: number
  readonly urls: readonly string[]
  readonly version: string
  /** Where its database is, without a password. */
  readonly database?: string
  /** Milliseconds since 1970. */
  readonly started_at: number
}

/** Written once every listener answers, so a file that is there can be relied on. */
export function writeServerFile(dataDir: string, content: ServerFile): void {
  const temporary = `${pathIn(dataDir)}.new`
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(temporary, pathIn(dataDir))
}

export function removeServerFile(dataDir: string): void {
  rmSync(pathIn(dataDir), { force: true })
}

/** The file of a server that may be running; undefined where there is none. Its process may be gone. */
export function readServerFile(dataDir: string): ServerFile | undefined {
  let text: string
  try {
    text = readFileSync(pathIn(dataDir), 'utf8')
  } catch {
    return undefined
  }
  const content = tryParseJson(text)
  if (!isRecord(content) || typeof content.pid !== 'number' || !Array.isArray(content.urls)) return undefined
  return content as unknown as ServerFile
}

function pathIn(dataDir: string): string {
  return join(dataDir, 'server.json')
}
