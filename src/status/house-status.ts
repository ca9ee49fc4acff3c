import type { EmbeddedEngine } from '#engines/index'
import type { Grants } from '#grants/index'
import { SELFTEST_OWNER, type Hosts, type ModelHost } from '#hosts/index'
import type { OptionValues } from '#options/contract'
import type { Sessions } from '#sessions/index'
import type { Clock } from '#base/time'
import { presentHost } from './present-host.ts'
import type { Health, Status } from './contract.ts'

export interface HouseStatusOptions {
  readonly hosts: Hosts
  readonly engine: EmbeddedEngine
  readonly grants: Grants
  readonly sessions: Sessions
  readonly options: () => OptionValues
  readonly clock: Clock
  readonly instance: string
  readonly version: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** The addresses answered on; empty until listening. */
  readonly urls: () => readonly string[]
}

/** What is true now, put together from the parts that know it. Asks no host. */
export class HouseStatus {
  readonly #options: HouseStatusOptions

  constructor(options: HouseStatusOptions) {
    this.#options = options
  }

  health(): Health {
    const { hosts, instance, version } = this.#options
    const remote = hosts.all.filter(({ kind }) => kind === 'remote')
    const count = (state: string): number => remote.filter(({ health }) => health.state === state).length
    return {
      ok: true,
      instance,
      version,
      ready: this.#isReady(),
      models: hosts.models().length,
      hosts: { ok: count('ok'), down: count('down'), unknown: count('unknown') },
    }
  }

  status(): Status {
    const { hosts, engine, grants, sessions, clock, instance, version, startedAt, urls } = this.#options
    const options = this.#options.options()
    const remote = hosts.all.filter(({ kind }) => kind === 'remote')
    return {
      ok: true,
      lm_ready: this.#isReady(),
      sessions_active: sessions.active,
      catalog: Object.fromEntries(remote.map((host) => [host.id, host.models().map(({ id }) => id)])),
      host_health: Object.fromEntries(
        remote.map(({ id, health }) => [id, health.state === 'ok' ? 'ok' : 'down']),
      ),
      auto_discovery: options.auto_discovery,
      lock_hosts: options.lock_hosts,
      options,
      updated_at: new Date(clock.now()).toISOString(),
      version,
      instance,
      pid: process.pid,
      started_at: startedAt,
      ready: this.#isReady(),
      urls: [...urls()],
      hosts: hosts.all.map((host) => presentHost(host.describe())),
      models: hosts.models().map(({ id, fields }) => {
        const having = hosts.all.filter((host) => host.hasModel(id))
        return {
          id,
          hosts: having.map(({ name }) => name),
          available: having.some(isUp),
          selftest: fields.owned_by === SELFTEST_OWNER,
        }
      }),
      embedded: engine.list().map((model) => ({
        id: model.id,
        state: model.state,
        progress: model.progress,
        context_length: model.contextLength ?? null,
        pid: model.pid ?? null,
        restarts: model.restarts,
        error: model.error ?? null,
      })),
      requests: { active: grants.held, waiting: grants.waiting },
    }
  }

  #isReady(): boolean {
    return this.#options.hosts.all.some((host) => isUp(host) && host.models().length > 0)
  }
}

function isUp({ health }: ModelHost): boolean {
  return health.state !== 'down'
}
