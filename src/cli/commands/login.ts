import { keyRoutes } from '#keys/contract'
import type { DataOptions } from '../config-flags.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { connect } from '../find-server.ts'
import type { Invocation } from '../invocation.ts'

/** Prints a link that logs a browser in. */
export async function login({ options, output, env }: Invocation<DataOptions>): Promise<ExitCode> {
  const client = await connect(options, env)
  const { path, expires_at } = await client.call(keyRoutes.createLoginLink)
  const url = client.url + path
  output.result({ url, expires_at }, url)
  output.note('Open it in a browser: it works once, within 15 minutes.')
  return EXIT.ok
}
