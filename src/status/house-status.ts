import type { EmbeddedEngine } from '#engines/index'
import type { Grants } from '#grants/index'
import { SELFTEST_OWNER, type Hosts, type ModelHost } from '#hosts/index'
import type { Health, Status } from './contract.ts'

export interface HouseStatusOptions {
  readonly hosts: Hosts
  readonly engine: EmbeddedEngine
  readonly grants: Grants
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
    const { hosts, engine, grants, instance, version, startedAt, urls } = this.#options
    return {
      version,
      instance,
      pid: process.pid,
      started_at: startedAt,
      ready: this.#isReady(),
      urls: [...urls()],
      hosts: hosts.all.map((host) => ({
        id: host.id,
        name: host.name,
        kind: host.kind,
        state: host.health.state,
        models: host.models().map(({ id }) => id),
        last_error: host.health.lastError ?? null,
      })),
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
