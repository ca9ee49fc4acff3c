// Runs every static check, two at a time, and prints the output of those that complain.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const node = process.execPath
const tool = (path: string, ...args: string[]) => [node, join(root, 'node_modules', path), ...args]

const CHECKS: Record<string, string[]> = {
  types: tool('typescript/bin/tsc', '--noEmit'),
  lint: tool(
    'eslint/bin/eslint.js',
    '--cache',
    '--cache-location',
    '.cache/eslint',
    '--cache-strategy',
    'content',
    '--max-warnings',
    '0',
    '.',
  ),
  format: tool(
    'prettier/bin/prettier.cjs',
    '--check',
    '--cache',
    '--cache-location',
    '.cache/prettier',
    '--log-level',
    'warn',
    '.',
  ),
  dependencies: tool(
    'dependency-cruiser/bin/dependency-cruise.mjs',
    '--output-type',
    'err-long',
    'src',
    'test',
    'bench',
  ),
  unused: tool('knip/bin/knip.js', '--no-progress'),
  generated: [
    node,
    '--conditions=development',
    '--disable-warning=ExperimentalWarning',
    'scripts/generate.ts',
    '--check',
  ],
}

function run(name: string, command: readonly string[]): Promise<boolean> {
  const [file, ...args] = command
  const startedAt = Date.now()
  return new Promise((resolve) => {
    const child = spawn(file!, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    const output: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
    child.on('close', (code) => {
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1)
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
      if (code !== 0) process.stdout.write(Buffer.concat(output))
      resolve(code === 0)
    })
  })
}

mkdirSync(join(root, '.cache'), { recursive: true })
const wanted = process.argv.slice(2)
const queue = Object.entries(CHECKS).filter(([name]) => wanted.length === 0 || wanted.includes(name))
const failed: string[] = []
const worker = async (): Promise<void> => {
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    if (!(await run(...next))) failed.push(next[0])
  }
}
await Promise.all([worker(), worker()])
if (failed.length > 0) {
  console.log(`\nNot green: ${failed.join(', ')}`)
  process.exitCode = 1
}
