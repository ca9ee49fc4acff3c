import type { Layer } from './layers.ts'
import type { Config, HostConfig } from './schema.ts'

/**
 * The model servers of the house. Two settings name them: `hosts`, with keys and names, and Cathedral's
 * `lm_hosts`, their addresses alone. The one from the stronger source says which servers there are and in what
 * order; what `hosts` says about an address holds in both cases.
 */
export interface ChosenHosts {
  readonly hosts: readonly HostConfig[]
  /** The setting that won. */
  readonly setting: 'hosts' | 'lm_hosts'
}

export function chooseHosts(
  config: Config,
  sources: ReadonlyMap<string, Layer>,
  normalise: (url: string) => string,
  problems: string[],
): ChosenHosts {
  if (config.lm_hosts === undefined) return { hosts: config.hosts, setting: 'hosts' }
  const addresses = sources.get('lm_hosts')
  const full = sources.get('hosts')
  if (full !== undefined && full === addresses)
    problems.push(`${full.label('lm_hosts')}: hosts names the model servers already; keep one of the two`)
  if (full !== undefined && addresses !== undefined && STRENGTH[full.source] < STRENGTH[addresses.source])
    return { hosts: config.hosts, setting: 'hosts' }
  const known = new Map(config.hosts.map((host) => [normalise(host.url), host]))
  return {
    hosts: config.lm_hosts.map((url) => known.get(normalise(url)) ?? { url }),
    setting: 'lm_hosts',
  }
}

const STRENGTH: Record<Layer['source'], number> = { flag: 0, env: 1, stored: 2, file: 3 }
