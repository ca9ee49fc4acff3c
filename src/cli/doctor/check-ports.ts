import { createServer } from 'node:net'
import { describe, isAppError, systemCode } from '#base/errors'
import { formatAddress, type LoadedConfig, type ResolvedListener } from '#config/index'
import { statusRoutes } from '#status/contract'
import { ApiClient } from '../api-client.ts'
import { fail, ok, type Finding } from './finding.ts'
import type { Situation } from './situation.ts'

/** For each configured listener: is its port free, ours, or somebody else's? */
export async function checkPorts(config: LoadedConfig, situation: Situation): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const listener of config.listeners) findings.push(await checkPort(listener, situation))
  return findings
}

async function checkPort(listener: ResolvedListener, { server }: Situation): Promise<Finding> {
  const address = formatAddress(listener)
  const name = `port ${String(listener.port)}`
  if (listener.port === 0) return ok(name, 'any free port will be taken')
  const problem = await whyNotFree(listener)
  if (problem === undefined) return ok(name, `${address} is free`)
  if (problem === 'EADDRINUSE') {
    const instance = await instanceAt(listener)
    if (instance !== undefined && !isAppError(server) && server.health.instance === instance)
      return ok(name, `${address} is this Hearth's`)
    const holder = instance === undefined ? 'Another program' : 'Another Hearth'
    return fail(
      name,
      `${holder} listens on ${address}.`,
      `Find it with \`ss -ltnp 'sport = :${String(listener.port)}'\` and stop it, or choose another port with --listen.`,
    )
  }
  if (problem === 'EACCES')
    return fail(name, `This user may not listen on ${address}.`, 'Choose a port from 1024 up with --listen.')
  if (problem === 'EADDRNOTAVAIL')
    return fail(
      name,
      `${address} is not an address of this machine.`,
      'Correct --listen or listeners; `ip address` lists what there is.',
    )
  return fail(name, `${address} cannot be listened on (${problem}).`, 'Correct --listen or listeners.')
}

/** The error code of listening there, or undefined where it works. */
function whyNotFree({ host, port }: ResolvedListener): Promise<string | undefined> {
  const probe = createServer()
  return new Promise((resolve) => {
    probe.once('error', (error) => resolve(systemCode(error) ?? describe(error)))
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve(undefined)))
  })
}

/** The instance id of the Hearth that answers there, or undefined where none does. */
async function instanceAt(listener: ResolvedListener): Promise<string | undefined> {
  const local: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  const host = local[listener.host] ?? listener.host
  const client = new ApiClient({
    url: `http://${formatAddress({ ...listener, host })}${listener.basePath}`,
    key: undefined,
  })
  try {
    return (await client.call(statusRoutes.health, { timeoutMs: 3_000 })).instance
  } catch {
    return undefined
  }
}
