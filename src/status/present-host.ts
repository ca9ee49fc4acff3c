import type { HostDescription } from '#hosts/index'
import type { Status } from './contract.ts'

export function presentHost(host: HostDescription): Status['hosts'][number] {
  const { id, name, kind, engine, state, slots, failures } = host
  return {
    id,
    name,
    kind,
    discovered: host.discovered,
    engine,
    version: host.version ?? null,
    state,
    models: [...host.models],
    loaded: [...host.loaded],
    slots,
    latency_ms: host.latencyMs ?? null,
    probed_at: host.probedAt ?? null,
    failures: { total: failures.total, in_a_row: failures.inARow },
    last_error: host.lastError ?? null,
  }
}
