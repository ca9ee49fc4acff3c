import { AppError, describe, isAppError, systemCode } from '#base/errors'
import type { Clock } from '#base/time'
import type { HostPool } from '#platform/fetch/index'
import { HostHealth } from './host-health.ts'
import type { HostModel, HostTarget, ModelHost } from './model-host.ts'
import { probeModels } from './probe-models.ts'

export interface RemoteHostOptions {
  readonly url: string
  readonly name: string
  /** Its API key, or undefined. */
  readonly key: string | undefined
  readonly slots: number
  readonly pool: HostPool
  readonly clock: Clock
  /** This Hearth's instance id: a host that answers with it is ourselves. */
  readonly ownInstance: string
}

/** A model server on the network. */
export class RemoteHost implements ModelHost {
  readonly kind = 'remote'
  readonly id: string
  readonly name: string
  readonly health = new HostHealth()
  readonly #options: RemoteHostOptions
  readonly #target: HostTarget
  #models = new Map<string, HostModel>()
  #probing: Promise<void> | undefined
  #wasReached = false

  constructor(options: RemoteHostOptions) {
    this.id = options.url
    this.name = options.name
    this.#options = options
    this.#target = {
      pool: options.pool,
      basePath: new URL(options.url).pathname.replace(/\/$/, ''),
      authorization: options.key === undefined ? undefined : `Bearer ${options.key}`,
    }
  }

  /** Whether it ever told its models. Until then nobody can say what it does not have. */
  get wasReached(): boolean {
    return this.#wasReached
  }

  models(): readonly HostModel[] {
    return [...this.#models.values()]
  }

  hasModel(id: string): boolean {
    return this.#models.has(id)
  }

  slotsFor(): { key: string; count: number } {
    return { key: this.id, count: this.#options.slots }
  }

  isLoaded(): undefined {
    return undefined
  }

  connect(): HostTarget {
    return this.#target
  }

  /** Learns its models and health. Calls at the same time share one probe. Never throws. */
  probe(): Promise<void> {
    this.#probing ??= this.#probe().finally(() => {
      this.#probing = undefined
    })
    return this.#probing
  }

  async close(): Promise<void> {
    await this.#options.pool.close()
  }

  async #probe(): Promise<void> {
    const { pool, basePath, authorization } = this.#target
    try {
      const { models, instance } = await probeModels(pool, basePath, authorization)
      if (instance === this.#options.ownInstance) throw itself(this.id)
      this.#models = new Map(models.map((model) => [model.id, model]))
      this.#wasReached = true
      this.health.probed()
    } catch (error) {
      if (isAppError(error) && error.code === 'host_is_self') this.#models.clear()
      this.health.unreachable(reasonOf(error), this.#options.clock.now())
    }
  }
}

const CONNECT_FAILURES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'egress_denied',
])

/** Whether no connection came about at all: that counts at once, other failures only in a row. */
export function isConnectFailure(error: unknown): boolean {
  return CONNECT_FAILURES.has(systemCode(error) ?? '')
}

/** Why a host did not answer, in words that name no secret. */
export function reasonOf(error: unknown): string {
  if (isAppError(error)) return error.message
  const code = systemCode(error)
  if (code === 'ECONNREFUSED') return 'nothing listens there (connection refused)'
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name cannot be resolved'
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return 'it does not answer (connection timed out)'
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'it closed the connection'
  return code ?? describe(error)
}

function itself(url: string): AppError {
  return new AppError('loop', 'host_is_self', `${url} is this Hearth itself; remove it from the hosts.`)
}
