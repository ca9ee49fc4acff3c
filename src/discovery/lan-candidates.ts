import type { Candidate } from './candidate.ts'
import type { KnownPort } from './known-ports.ts'
import type { OwnNetwork } from './own-networks.ts'
import { subnetAddresses } from './subnet-addresses.ts'

/** Every address and port of the networks that is worth a try: one port of all machines after the other. */
export function lanCandidates(
  networks: readonly OwnNetwork[],
  own: ReadonlySet<string>,
  ports: readonly KnownPort[],
  shortestPrefix: number,
): Candidate[] {
  const addresses = new Set(networks.flatMap((network) => subnetAddresses(network, shortestPrefix)))
  return ports
    .filter(({ onLan }) => onLan)
    .flatMap(({ port }) =>
      [...addresses]
        .filter((address) => !own.has(address))
        .map((address) => ({ address, port, via: 'subnet' as const })),
    )
}
