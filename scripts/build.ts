// Compiles src to dist. A second build with nothing changed ends at once, because `make run` calls it each time.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { bundleLibraries } from './bundle-libraries.ts'

const root = join(import.meta.dirname, '..')
const dist = join(root, 'dist')
const stamp = join(dist, '.built-from')

/** What a build depends on beside the source. */
const ALSO = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/bundle-libraries.ts']

function fingerprint(): string {
  const hash = createHash('sha256')
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('src', name))
  for (const file of [...files.sort(), ...ALSO]) {
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(root, file)))
  }
  return hash.digest('hex')
}

function compile(): boolean {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  return (
    spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' })
      .status === 0
  )
}

const wanted = fingerprint()
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  rmSync(dist, { recursive: true, force: true })
  if (compile()) {
    await bundleLibraries(root)
    writeFileSync(stamp, wanted)
  } else process.exitCode = 1
}
