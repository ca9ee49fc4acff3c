import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of the package: `src` and `dist` lie side by side in it. */
export const PACKAGE_ROOT = join(import.meta.dirname, '..', '..', '..')

/** Hearth's version, from package.json. */
export function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')) as { version: string }
  return manifest.version
}
