import type { Candidate } from './candidate.ts'
import type { Examiner } from './examiner.ts'
import type { FoundHost } from './found-hosts.ts'
import type { KnownPort } from './known-ports.ts'

/** IPv6 is only tried where IPv4 has nothing: most servers answer on both, and are one. */
const LOOPBACK = ['127.0.0.1', '::1']
const AT_ONCE = 8

/** Looks at the known ports of loopback and asks again what was found elsewhere. */
export async function nearRound(
  examiner: Examiner,
  ports: readonly KnownPort[],
  found: readonly FoundHost[],
  signal: AbortSignal,
): Promise<void> {
  const elsewhere = found.filter(({ via }) => via !== 'loopback').map(candidateOf)
  const again = async (): Promise<void> => {
    for (let next = elsewhere.shift(); next !== undefined; next = elsewhere.shift())
      await examiner.examine(next, signal)
  }
  await Promise.all([
    ...ports.map(({ port }) => lookAtPort(examiner, port, signal)),
    ...Array.from({ length: AT_ONCE }, again),
  ])
}

async function lookAtPort(examiner: Examiner, port: number, signal: AbortSignal): Promise<void> {
  for (const address of LOOPBACK)
    if (await examiner.examine({ address, port, via: 'loopback' }, signal)) return
}

function candidateOf({ url, via }: FoundHost): Candidate {
  const { hostname, port } = new URL(url)
  return { address: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80), via }
}
