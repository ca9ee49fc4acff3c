import { modelNotFound, type Hosts, type ModelHost, type Resolution } from '#hosts/index'
import { hostsUnreached } from './errors.ts'
import type { RelayRequest } from './read-request.ts'

/**
 * The hosts that may answer. A known model is found at once; awaiting it all the same would cost a turn of the queue.
 *
 * @throws AppError `capability_missing` (400), `model_not_found` (404), `host_unavailable` (503) where hosts that
 *   never answered may have the model.
 */
export function findHosts(
  hosts: Hosts,
  { model, needs }: RelayRequest,
): readonly ModelHost[] | Promise<readonly ModelHost[]> {
  const now = hosts.resolve(model, needs)
  if (now.kind === 'known') return now.hosts
  return hosts.resolveOrProbe(model, needs).then((resolution) => knownHosts(model, resolution))
}

function knownHosts(model: string, resolution: Resolution): readonly ModelHost[] {
  if (resolution.kind === 'known') return resolution.hosts
  const { near, unreached } = resolution
  throw unreached.length > 0 ? hostsUnreached(model, unreached, near) : modelNotFound(model, near)
}
