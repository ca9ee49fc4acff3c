import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = mkdtempSync(join(tmpdir(), 'hearth-test-'))
// At the end of the process, not of the test: hooks run in the order they were set, and what uses the
// folder must be closed first.
process.on('exit', () => {
  rmSync(root, { recursive: true, force: true })
})

/** A new empty folder that is gone after the tests. */
export function tempFolder(): string {
  return mkdtempSync(join(root, 'folder-'))
}
