import { AppError } from '#base/errors'
import type { ModelHost } from '#hosts/index'
import { rankHosts } from './rank-hosts.ts'

export interface GrantRequest {
  readonly model: string
  /** Hosts that may answer, in configured order; at least one. */
  readonly hosts: readonly ModelHost[]
  /** The host that this work belongs to by its session, if any. */
  readonly preferredHostId?: string | undefined
}

/** Leave to send one request to one host. */
export interface Grant {
  readonly host: ModelHost
  /** Rises with every grant: whoever holds a lower one for the same work has lost it. */
  readonly fence: number
  /** Gives the slot back; a second call does nothing. */
  release(): void
}

const WAITING_LIMIT = 256

interface Waiter {
  request: GrantRequest
  readonly give: (grant: Grant) => void
  readonly refuse: (error: AppError) => void
}

/**
 * Slots of hosts. A free slot is taken at once and without a disk write; otherwise requests wait in memory,
 * first come first served among those that the freed slot can serve.
 */
export class Grants {
  /** Slots taken, by the name under which they are counted. Entries stay: a map that changes all the time costs the collector. */
  readonly #busy = new Map<string, { taken: number }>()
  readonly #waiting = new Set<Waiter>()
  #fence = 0

  /** Requests waiting for a slot. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Requests that hold a slot. */
  get held(): number {
    let sum = 0
    for (const { taken } of this.#busy.values()) sum += taken
    return sum
  }

  /** A free slot, or undefined where all are taken. */
  tryAcquire(request: GrantRequest): Grant | undefined {
    if (request.hosts.length === 0) throw new Error('A grant was asked for without a host to give it.')
    const host = this.#choose(request)
    return host === undefined ? undefined : this.#grant(host, request.model)
  }

  /**
   * Takes a free slot at once, or waits for one.
   *
   * @throws AppError `queue_full` (429) when too many wait already, `host_removed` when every host it waits for
   *   was removed; the signal's reason when it aborts first.
   */
  acquire(request: GrantRequest, signal: AbortSignal): Grant | Promise<Grant> {
    signal.throwIfAborted()
    const free = this.tryAcquire(request)
    if (free !== undefined) return free
    if (this.#waiting.size >= WAITING_LIMIT) throw full()
    return new Promise<Grant>((resolve, reject) => {
      const stop = (): void => {
        this.#waiting.delete(waiter)
        reject(signal.reason as Error)
      }
      const waiter: Waiter = {
        request,
        give: (grant) => {
          signal.removeEventListener('abort', stop)
          resolve(grant)
        },
        refuse: (error) => {
          signal.removeEventListener('abort', stop)
          reject(error)
        },
      }
      this.#waiting.add(waiter)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  /** These hosts were removed: who waits for one goes on waiting for the others, and is told where there are none. */
  forget(removed: readonly ModelHost[]): void {
    for (const waiter of this.#waiting) {
      const hosts = waiter.request.hosts.filter((host) => !removed.includes(host))
      waiter.request = { ...waiter.request, hosts }
      if (hosts.length > 0) continue
      this.#waiting.delete(waiter)
      waiter.refuse(hostRemoved())
    }
  }

  /** The best host with a free slot; undefined where all are taken. */
  #choose({ hosts, model, preferredHostId }: GrantRequest): ModelHost | undefined {
    const only = hosts.length === 1 ? hosts[0]! : undefined
    if (only !== undefined) return this.#load(only, model) < 1 ? only : undefined
    const free = hosts
      .map((host) => ({
        host,
        isPreferred: host.id === preferredHostId,
        isLoaded: host.isLoaded(model),
        busy: this.#load(host, model),
      }))
      .filter(({ busy }) => busy < 1)
    return rankHosts(free)[0]?.host
  }

  /** Slots taken, as a share of all: 1 is full. */
  #load(host: ModelHost, model: string): number {
    const { key, count } = host.slotsFor(model)
    return (this.#busy.get(key)?.taken ?? 0) / count
  }

  #grant(host: ModelHost, model: string): Grant {
    const { key } = host.slotsFor(model)
    let slots = this.#busy.get(key)
    if (slots === undefined) {
      slots = { taken: 0 }
      this.#busy.set(key, slots)
    }
    slots.taken++
    let released = false
    const release = (): void => {
      if (released) return
      released = true
      this.#release(slots)
    }
    return { host, fence: ++this.#fence, release }
  }

  #release(slots: { taken: number }): void {
    slots.taken--
    for (const waiter of this.#waiting) {
      const host = this.#choose(waiter.request)
      if (host === undefined) continue
      this.#waiting.delete(waiter)
      waiter.give(this.#grant(host, waiter.request.model))
      return
    }
  }
}

function hostRemoved(): AppError {
  return new AppError(
    'unavailable',
    'host_removed',
    'The host was removed while the request waited for it. Try again.',
    { retryAfterSeconds: 1 },
  )
}

function full(): AppError {
  return new AppError(
    'limited',
    'queue_full',
    `${String(WAITING_LIMIT)} requests are waiting already. Try again in a few seconds.`,
    { retryAfterSeconds: 5 },
  )
}
