import { arch, platform } from 'node:process'
import { packageVersion } from '#platform/process/index'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import type { Invocation } from '../invocation.ts'

// eslint-disable-next-line @typescript-eslint/require-await -- every command is asynchronous
export async function version({ output }: Invocation): Promise<ExitCode> {
  const facts = { version: packageVersion(), node: process.versions.node, platform: `${platform}-${arch}` }
  output.result(facts, `hearth ${facts.version} (Node.js ${facts.node}, ${facts.platform})`)
  return EXIT.ok
}
