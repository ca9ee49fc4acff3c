/** What ranking needs to know of a host, for one model. */
export interface HostLoad {
  /** It belongs to the session of the request. */
  readonly isPreferred: boolean
  /** Whether the model is in memory; undefined where the host does not say. */
  readonly isLoaded: boolean | undefined
  /** Requests under way and waiting, for each slot. */
  readonly busy: number
}

/**
 * Hosts in the order in which a request should be offered to them (product rule "Which host answers"):
 * session affinity, then loaded model, then fewest requests a slot, then configured order. Hosts that do not say whether a model
 * is loaded stand between those that have it loaded and those that have not.
 *
 * @param hosts in configured order
 */
export function rankHosts<T extends HostLoad>(hosts: readonly T[]): T[] {
  return hosts
    .map((host, order) => ({ host, order }))
    .sort(
      (a, b) =>
        Number(b.host.isPreferred) - Number(a.host.isPreferred) ||
        loadedRank(a.host) - loadedRank(b.host) ||
        a.host.busy - b.host.busy ||
        a.order - b.order,
    )
    .map(({ host }) => host)
}

function loadedRank({ isLoaded }: HostLoad): number {
  if (isLoaded === undefined) return 1
  return isLoaded ? 0 : 2
}
